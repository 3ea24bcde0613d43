import type { HistoryEntry, ImageRuntimeConfig, OciImageConfig } from "../../spec/index.ts";
import type { PlannedHistory, PlannedImage } from "../frontend/index.ts";
import type { Layer } from "../ops/index.ts";
import type { Dated } from "./dates.ts";

/** What BuildKit's Dockerfile frontend writes, which tools look for. */
const COMMENT = "buildkit.dockerfile.v0";

/** Order of the members as Docker writes them, so that the same image has the same bytes. */
const MEMBERS = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "ArgsEscaped",
  "OnBuild",
  "Shell",
  "Healthcheck",
] as const satisfies readonly (keyof ImageRuntimeConfig)[];

function sorted<Value>(map: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Go leaves out empty lists and maps. */
function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function ordered(config: ImageRuntimeConfig): ImageRuntimeConfig {
  const { ExposedPorts, Volumes, Labels } = config;
  const whole = {
    ...config,
    ...(ExposedPorts && { ExposedPorts: sorted(ExposedPorts) }),
    ...(Volumes && { Volumes: sorted(Volumes) }),
    ...(Labels && { Labels: sorted(Labels) }),
  };
  const members = MEMBERS.filter((name) => {
    const value = whole[name];
    return value !== undefined && value !== null && value !== "" && !isEmpty(value);
  });
  return Object.fromEntries(members.map((name) => [name, whole[name]]));
}

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
    config: ordered(image.config),
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history,
  };
}
