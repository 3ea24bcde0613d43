import type { CommandContext } from "../command.ts";
import { errorText } from "../error-report.ts";

/**
 * The exit status that tells shells why a container did not start: 127 for a program that is not there, 126 for one
 * that cannot be run, 125 for everything else. The engine tells them apart only in words.
 */
export function startStatus(message: string): 125 | 126 | 127 {
  if (
    /executable file not found|no such file or directory|system cannot find the file specified/.test(message)
  ) {
    return 127;
  }
  return /permission denied|is a directory/.test(message) ? 126 : 125;
}

/** Says why a command about a new container failed, and where help is. */
export function writeWithHelp({ err, path }: CommandContext, error: unknown): void {
  const name = ["berth", ...path].join(" ");
  err.write(`berth: ${errorText(error)}\n\nRun '${name} --help' for more information\n`);
}
