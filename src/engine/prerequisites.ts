import { readFileSync } from "node:fs";
import { unavailable } from "../core/index.ts";
import { runCommand } from "../process/index.ts";

/** What the engine cannot do without, checked before anything is made. @throws unavailable, saying what to do */
export async function checkPrerequisites(): Promise<void> {
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0) throw unavailable(`berth daemon must run as root, not as user ${uid}: start it with sudo`);
  if (!(await kernelHas("overlay"))) {
    throw unavailable(
      "this kernel has no overlayfs, which containers' file systems need: load it with `modprobe overlay`, or use a kernel built with CONFIG_OVERLAY_FS",
    );
  }
}

async function kernelHas(fileSystem: string): Promise<boolean> {
  const listed = () => readFileSync("/proc/filesystems", "utf8").split(/\s+/).includes(fileSystem);
  if (listed()) return true;
  // It may be a module that nobody has needed yet.
  await runCommand(["modprobe", fileSystem]).catch(() => undefined);
  return listed();
}
