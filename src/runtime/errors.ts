import { type BerthError, internal, invalid } from "../core/index.ts";

/** Docker's exit codes of a command that could not be started. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const OTHER = 128;

/** The exit code Docker reports for a runtime's error text. */
export function startFailureCode(text: string): number {
  if (/executable file not found|no such file or directory/i.test(text)) return NOT_FOUND;
  if (/permission denied|is a directory/i.test(text)) return NOT_EXECUTABLE;
  return /not a directory/i.test(text) ? NOT_FOUND : OTHER;
}

/** crun words the common failures differently; clients look for runc's words. */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [
    /executable file [`'"]([^/`'"]+)[`'"] not found(?: in \$PATH)?(?:: No such file or directory)?$/,
    'exec: "$1": executable file not found in $PATH',
  ],
  [
    /executable file [`'"]([^`'"]+)[`'"] not found(?: in \$PATH)?(?:: No such file or directory)?$/,
    'exec: "$1": stat $1: no such file or directory',
  ],
  [
    /(?:cannot )?open(?: executable)? [`'"](\/[^`'"]*)[`'"]: Permission denied$/,
    'exec: "$1": permission denied',
  ],
  [
    /the path [`'"](\/[^`'"]*)[`'"] (?:is not a regular file|exists but it is not executable): Operation not permitted$/,
    'exec: "$1": permission denied',
  ],
  [/chdir (?:to )?[`'"]([^`'"]*)[`'"]: /, 'chdir to cwd ("$1") set in config.json failed: '],
  [/: Not a directory/g, ": not a directory"],
  [/: No such file or directory/g, ": no such file or directory"],
  [/: Permission denied/g, ": permission denied"],
];

function reword(text: string, command: string): string {
  // The one that leaves the name out.
  if (/^open executable: (Operation not permitted|Permission denied)$/.test(text.trim())) {
    return `exec: "${command}": permission denied`;
  }
  return REWORDED.reduce((words, [pattern, replacement]) => words.replace(pattern, replacement), text.trim());
}

function failure(message: string): BerthError {
  // What the caller asked to run is at fault, or what the engine does.
  return startFailureCode(message) === OTHER ? internal(message) : invalid(message);
}

/** A container's process could not be created; `text` is the runtime's own message about `command`. */
export function createError(text: string, command: string): BerthError {
  const words = reword(text, command).replace(/^(\S+) run failed/, "$1 create failed");
  const stated = words.includes("create failed")
    ? words
    : `runc create failed: unable to start container process: ${words}`;
  return failure(
    `failed to create task for container: failed to create shim task: OCI runtime create failed: ${stated}`,
  );
}

/** A command could not be run in a container. */
export function execErrorText(text: string, command: string): string {
  const words = reword(text, command);
  const stated = words.includes("exec failed")
    ? words
    : `exec failed: unable to start container process: ${words}`;
  return `OCI runtime exec failed: ${stated}`;
}

/** The error of a command that could not be run in a container, when the caller only learns of the start. */
export function execError(message: string): BerthError {
  return failure(message);
}
