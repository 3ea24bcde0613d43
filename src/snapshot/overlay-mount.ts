import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { mount } from "../kernel/index.ts";

export interface OverlayMount {
  /** Directories to look through, the topmost first; at least one. */
  readonly lowers: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly target: string;
}

/** mount(2) takes one page of options, with a NUL at the end. */
const MAX_OPTIONS = 4095;
/**
 * Without the first three, layers could refer to each other's files, and what was written could not be told from the
 * upper directory alone. With `xino`, files of layers that are filesystems of their own have inode numbers that stay
 * when they are written to, and one device number: so `tar --one-file-system` takes them all. Not `on`: then the kernel
 * marks every new directory as opaque, which would be a deletion in the layer it becomes.
 */
const OPTIONS = "index=off,redirect_dir=off,metacopy=off,xino=auto";

/**
 * Mounts overlayfs. Where the options are too long for mount(2), the lower directories are named through an open
 * directory of this process (all of them must lie in one), which takes at most a third of the room of a usual path.
 */
export function mountOverlay({ lowers, upper, work, target }: OverlayMount): void {
  const options = (paths: readonly string[]) =>
    `lowerdir=${paths.join(":")},upperdir=${upper},workdir=${work},${OPTIONS}`;
  const plain = options(lowers);
  if (plain.length <= MAX_OPTIONS) {
    mount("overlay", target, "overlay", 0, plain);
    return;
  }
  const common = dirname(lowers[0] as string);
  const fd = openSync(common, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const short = lowers.map((path) =>
      dirname(path) === common ? `/proc/self/fd/${fd}/${basename(path)}` : path,
    );
    mount("overlay", target, "overlay", 0, options(short));
  } finally {
    closeSync(fd);
  }
}
