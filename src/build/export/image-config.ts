import { orderedConfig } from "../../image/index.ts";
import type { HistoryEntry, OciImageConfig } from "../../spec/index.ts";
import type { PlannedHistory, PlannedImage } from "../frontend/index.ts";
import type { Layer } from "../ops/index.ts";
import type { Dated } from "./dates.ts";

/** What BuildKit's Dockerfile frontend writes, which tools look for. */
const COMMENT = "buildkit.dockerfile.v0";

function historyEntry(entry: PlannedHistory, { created }: Dated): HistoryEntry {
  if ("base" in entry) return entry.base;
  return {
    ...(created !== undefined && { created }),
    created_by: entry.createdBy,
    comment: COMMENT,
    ...(entry.layer ? {} : { empty_layer: true }),
  };
}

/** The configuration of an image as it stands after some step. */
export function imageConfig(
  image: PlannedImage,
  layers: readonly Layer[],
  dates: readonly Dated[],
): OciImageConfig {
  const history = image.history.map((entry, at) => historyEntry(entry, dates[at] as Dated));
  const created = history.at(-1)?.created;
  const { os, architecture, variant } = image.platform;
  return {
    ...(created !== undefined && { created }),
    ...(image.author && { author: image.author }),
    architecture,
    ...(variant && { variant }),
    os,
    config: orderedConfig(image.config),
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history,
  };
}
