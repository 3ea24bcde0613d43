import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../core/index.ts";
import { bundleFiles } from "./bundle-files.ts";

const RESIZE = 1;

/** Sets the size of the container's terminal through conmon's control fifo. Nothing happens when conmon is gone. */
export function resizeTerminal(bundle: string, height: number, width: number): void {
  let fd: number;
  try {
    fd = openSync(join(bundle, bundleFiles.control), constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    // ENXIO: nobody reads the fifo.
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENXIO") return;
    throw error;
  }
  try {
    writeSync(fd, `${RESIZE} ${height} ${width}\n`);
  } finally {
    closeSync(fd);
  }
}
