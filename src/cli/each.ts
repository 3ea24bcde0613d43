import type { CommandContext } from "./command.ts";
import { errorText } from "./error-report.ts";
import { OutputClosed } from "./output.ts";

/**
 * Does the same to every name and goes on after a failure; the failures are said at the end, one a line.
 * Resolves to the exit status: 1 when anything failed.
 */
export async function forEachName(
  { err }: Pick<CommandContext, "err">,
  names: readonly string[],
  work: (name: string) => Promise<void>,
): Promise<number> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (error instanceof OutputClosed) throw error;
      failures.push(errorText(error));
    }
  }
  if (failures.length > 0) err.write(`${failures.join("\n")}\n`);
  return failures.length > 0 ? 1 : 0;
}
