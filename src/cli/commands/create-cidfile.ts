import { closeSync, existsSync, openSync, unlinkSync, writeSync } from "node:fs";
import { invalid } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";

/** The file that gets the container's id. It exists from the start, so that two runs cannot share it. */
export interface CidFile {
  write(id: string): void;
  /** Removes the file of a container that was not made. */
  discard(): void;
}

/** @throws invalid when the file is there already, or cannot be made */
export function openCidFile(path: string | undefined): CidFile | undefined {
  if (!path) return undefined;
  if (existsSync(path)) {
    throw invalid(`container ID file found, make sure the other container isn't running or delete ${path}`);
  }
  let fd: number;
  try {
    fd = openSync(path, "wx", 0o644);
  } catch (error) {
    throw invalid(`failed to create the container ID file: open ${path}: ${systemReason(error)}`);
  }
  return {
    write(id) {
      writeSync(fd, id);
      closeSync(fd);
    },
    discard() {
      closeSync(fd);
      unlinkSync(path);
    },
  };
}
