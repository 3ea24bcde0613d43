import { messageOf } from "../core/index.ts";

const COMMAND_NOT_FOUND = 127;
const COMMAND_NOT_EXECUTABLE = 126;

/** Docker's exit code of a container that could not start. */
export function startExitCode(error: unknown): number {
  const text = messageOf(error);
  if (/executable file not found|no such file or directory/i.test(text)) return COMMAND_NOT_FOUND;
  if (/permission denied|not a directory|is a directory|exec format error/i.test(text))
    return COMMAND_NOT_EXECUTABLE;
  return 128;
}
