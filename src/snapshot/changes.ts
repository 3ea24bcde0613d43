import type { BigIntStats } from "node:fs";
import { type ByteString, decodeText, encodeText, fromBytes, toBytes } from "../image/index.ts";
import { lgetxattr } from "../kernel/index.ts";
import { type Below, lookup, namesIn } from "./lower-view.ts";
import { isOpaque, isWhiteout } from "./overlay-form.ts";
import type { Change } from "./types.ts";
import { Breather, OpenDirectory } from "./walk.ts";

/**
 * What the upper directory changes, as `docker diff` says it: it compares what the root filesystem shows with and
 * without the upper directory. A file is modified when its metadata differ; a directory when its mode or owner differ,
 * or when anything below it changed. Below an added directory everything is added; below a deleted one nothing
 * more is said.
 * @param lowers directories of the layers, the topmost first
 */
export async function changesBetween(lowers: readonly string[], upper: string): Promise<Change[]> {
  using root = OpenDirectory.root(upper);
  const comparison = new Comparison();
  await comparison.compare(root, lowers.map(encodeText));
  return comparison.changes
    .map(({ path, kind }) => ({ path: `/${decodeText(path)}`, kind }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const MODIFIED = 0;
const ADDED = 1;
const DELETED = 2;

class Comparison {
  readonly changes: { path: ByteString; kind: Change["kind"] }[] = [];
  readonly #breather = new Breather();

  /**
   * @param lowers directories that make up this directory without the upper one, the topmost first
   * @param hidden the upper directory shows nothing of them
   */
  async compare(directory: OpenDirectory, lowers: readonly ByteString[], hidden = false): Promise<void> {
    const above = new Set<ByteString>();
    for (const { name, stat } of directory.entries()) {
      await this.#breather.step();
      above.add(name);
      const path = directory.pathOf(name);
      const below = lookup(lowers, name);
      if (isWhiteout(stat)) {
        if (below.stat) this.changes.push({ path, kind: DELETED });
        continue;
      }
      const before = this.changes.length;
      if (stat.isDirectory()) {
        using child = directory.child(name);
        if (child) await this.compare(child, below.directories, hidden || isOpaque(toBytes(child.self)));
      }
      if (!below.stat) this.changes.push({ path, kind: ADDED });
      else if (this.changes.length > before || differs(below, stat, directory.at(name))) {
        this.changes.push({ path, kind: MODIFIED });
      }
    }
    if (!hidden) return;
    for (const name of namesIn(lowers)) {
      if (!above.has(name) && lookup(lowers, name).stat) {
        this.changes.push({ path: directory.pathOf(name), kind: DELETED });
      }
    }
  }
}

function differs(below: Below, above: BigIntStats, abovePath: ByteString): boolean {
  const { stat } = below;
  if (!stat || stat.mode !== above.mode || stat.uid !== above.uid || stat.gid !== above.gid) return true;
  if (stat.rdev !== above.rdev) return true;
  if (above.isDirectory()) return false;
  return (
    stat.size !== above.size ||
    !isSameTime(stat.mtimeNs, above.mtimeNs) ||
    capabilityOf(below.path) !== capabilityOf(abovePath)
  );
}

/** Layers of most builders have whole seconds only. */
function isSameTime(a: bigint, b: bigint): boolean {
  const billion = 1_000_000_000n;
  return a === b || (a / billion === b / billion && (a % billion === 0n || b % billion === 0n));
}

function capabilityOf(path: ByteString): string {
  return fromBytes(lgetxattr(toBytes(path), "security.capability") ?? new Uint8Array(0));
}
