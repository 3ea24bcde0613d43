import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const DIRECTORIES = ["dev", "dev/pts", "dev/shm", "etc", "proc", "sys"];
const FILES = [".dockerenv", "dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf"];

/**
 * A directory, made once, with everything that a container's own mounts are put on. As the lowest layer of a root
 * filesystem it fills in what the image lacks and hides nothing. Docker keeps the same entries in a layer of its own
 * per container. `/.dockerenv` is what programs look for to know that they are in a container.
 */
export function makeMountPoints(path: string, work: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o755 });
  for (const name of DIRECTORIES) mkdirSync(join(work, name));
  for (const name of FILES) writeFileSync(join(work, name), "");
  symlinkSync("/proc/mounts", join(work, "etc/mtab"));
  for (const name of [".", ...DIRECTORIES, ...FILES]) {
    chmodSync(join(work, name), 0o755);
    utimesSync(join(work, name), 0, 0);
  }
  renameSync(work, path);
}
