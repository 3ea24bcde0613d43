import {
  type BigIntStats,
  createReadStream,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { digestOf, messageOf } from "../core/index.ts";
import { fromBytes, fsPath, toBytes } from "../image/index.ts";
import { lgetxattr, llistxattr, umount } from "../kernel/index.ts";
import { mountIndex } from "./erofs/erofs-layer.ts";
import { indexLayer } from "./erofs/index-layer.ts";
import { NotExpressible } from "./erofs/not-expressible.ts";
import { extractLayer } from "./extract.ts";
import { isWhiteout } from "./overlay-form.ts";
import { OpenDirectory, walk } from "./walk.ts";

/** Everything that can be seen of a file. */
export type SeenFile = Record<string, string | number>;

const BILLION = 1_000_000_000n;
/** What ext4 keeps of times: from 1901 to 2446. */
const [FIRST, LAST] = [-(2n ** 31n), 2n ** 34n - 2n ** 31n - 1n];

/** A whole tree: by path, what is there; files with several names have the first of them in `same`. */
export function seenIn(root: string): Record<string, SeenFile> {
  const seen: Record<string, SeenFile> = {};
  const first = new Map<bigint, string>();
  using top = OpenDirectory.root(root);
  const look = (path: string, place: string, stat: BigIntStats) => {
    const hidden = isWhiteout(stat);
    const nanos = ((stat.mtimeNs % BILLION) + BILLION) % BILLION;
    let seconds = (stat.mtimeNs - nanos) / BILLION;
    if (seconds < FIRST) seconds = FIRST;
    if (seconds > LAST) seconds = LAST;
    const outside = seconds === FIRST || seconds === LAST;
    const file: SeenFile = {
      mode: Number(stat.mode).toString(8),
      owner: `${stat.uid}:${stat.gid}`,
      // Overlayfs and images do not look at a whiteout's own time.
      time: hidden ? "" : outside ? `${seconds}` : `${seconds}.${nanos}`,
      rdev: Number(stat.rdev),
    };
    if (!stat.isDirectory()) {
      file.links = Number(stat.nlink);
      if (!first.has(stat.ino)) first.set(stat.ino, path);
      file.same = first.get(stat.ino) as string;
      file.size = Number(stat.size);
    }
    if (stat.isFile()) {
      file.content = stat.size > 64n << 20n ? "large" : digestOf(readFileSync(fsPath(place)));
    }
    if (stat.isSymbolicLink()) file.target = fromBytes(readlinkSync(fsPath(place), { encoding: "buffer" }));
    for (const name of llistxattr(toBytes(place)).sort()) {
      file[`xattr ${name}`] = Buffer.from(lgetxattr(toBytes(place), name) ?? []).toString("hex");
    }
    seen[path] = file;
  };
  look("", top.self, lstatSync(root, { bigint: true }));
  for (const { directory, name, stat } of walk(top)) look(directory.pathOf(name), directory.at(name), stat);
  return seen;
}

/** What a form makes of a tar. */
export type Outcome =
  | { readonly size: number; readonly files: Record<string, SeenFile> }
  | { readonly error: string; readonly kind: string };

/** Unpacks a tar and tells what is seen. */
export async function unpacked(tar: string, work: string): Promise<Outcome> {
  const directory = join(work, "unpacked");
  mkdirSync(directory, { mode: 0o755 });
  try {
    const size = await extractLayer(directory, createReadStream(tar));
    return { size, files: seenIn(directory) };
  } catch (error) {
    return refusal(error);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Indexes a tar, mounts that and tells what is seen; undefined when it is not expressible. */
export async function mounted(tar: string, work: string): Promise<Outcome | undefined> {
  const [index, target] = [join(work, "index"), join(work, "mounted")];
  mkdirSync(target);
  try {
    const { size } = await indexLayer(tar, index, new Uint8Array(16));
    mountIndex(index, tar, target);
    return { size, files: seenIn(target) };
  } catch (error) {
    if (error instanceof NotExpressible) return undefined;
    return refusal(error);
  } finally {
    umount(target);
    rmSync(target, { recursive: true });
    rmSync(index, { force: true });
  }
}

/** Both, of bytes. `mounted` is undefined when only unpacking is possible. */
export async function bothOf(
  tar: Uint8Array | string,
  work: string,
): Promise<{ unpacked: Outcome; mounted: Outcome | undefined }> {
  const path = typeof tar === "string" ? tar : join(work, "both.tar");
  if (typeof tar !== "string") writeFileSync(path, tar);
  return { unpacked: await unpacked(path, work), mounted: await mounted(path, work) };
}

function refusal(error: unknown): Outcome {
  return { error: messageOf(error), kind: (error as { kind?: string }).kind ?? "unexpected" };
}
