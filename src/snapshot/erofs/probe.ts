import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../core/index.ts";
import { writeTar } from "../../image/index.ts";
import { lgetxattr, umount } from "../../kernel/index.ts";
import { OPAQUE } from "../overlay-form.ts";
import { mountIndex } from "./erofs-layer.ts";
import { indexLayer } from "./index-layer.ts";

const CONTENT = "seen through an index";
const CAPABILITY = Buffer.from("0100000200200000000000000000000000000000", "hex");

/**
 * Finds out whether the kernel mounts an EROFS index beside its tar, with all that layers need, by trying: file-backed
 * mounts (Linux 6.12, CONFIG_EROFS_FS_BACKED_BY_FILE), blocks of 512 bytes, extended attributes. `work` is a
 * directory to be made on the filesystem of the layers; it is removed again.
 * @returns why not; undefined when it does
 */
export async function whyNoErofs(work: string): Promise<string | undefined> {
  const [tar, index, target] = [join(work, "tar"), join(work, "index"), join(work, "diff")];
  try {
    await mkdir(target, { recursive: true, mode: 0o700 });
    const xattrs = new Map([["security.capability", CAPABILITY]]);
    await writeFile(
      tar,
      writeTar([
        { name: "d", type: "directory", mode: 0o755 },
        { name: "d/.wh..wh..opq", type: "file" },
        { name: "d/f", type: "file", mode: 0o644, body: Buffer.from(CONTENT), xattrs },
      ]),
    );
    await indexLayer(tar, index, new Uint8Array(16));
    mountIndex(index, tar, target);
    const [opaque, value] = OPAQUE;
    const works =
      readFileSync(join(target, "d/f"), "utf8") === CONTENT &&
      isEqual(lgetxattr(join(target, "d"), opaque), value) &&
      isEqual(lgetxattr(join(target, "d/f"), "security.capability"), CAPABILITY);
    return works ? undefined : "the kernel's EROFS does not show all of a file";
  } catch (error) {
    return messageOf(error);
  } finally {
    umount(target);
    await rm(work, { recursive: true, force: true });
  }
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
