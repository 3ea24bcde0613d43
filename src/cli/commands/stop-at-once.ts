import type { CommandContext } from "../command.ts";
import { errorText } from "../error-report.ts";

/** More requests than this at a time would only wait in the engine. */
const AT_ONCE = 50;

/**
 * Does the same to every name, many at a time, and goes on after a failure. What `work` answers is printed, in
 * the order of the names; failures are said at the end, one a line. Resolves to the exit status: 1 when anything failed.
 */
export async function eachAtOnce(
  { out, err }: CommandContext,
  names: readonly string[],
  work: (name: string) => Promise<string | undefined>,
): Promise<number> {
  const failures: string[] = [];
  const results: Promise<Result>[] = [];
  const begin = (index: number) => {
    const name = names[index];
    if (name !== undefined) results[index] = settled(work(name));
  };
  for (let index = 0; index < Math.min(AT_ONCE, names.length); index++) begin(index);
  for (const index of names.keys()) {
    const result = await results[index];
    begin(index + AT_ONCE);
    if (result && "error" in result) failures.push(errorText(result.error));
    else if (result?.text !== undefined) out.write(`${result.text}\n`);
  }
  if (failures.length > 0) err.write(`${failures.join("\n")}\n`);
  return failures.length > 0 ? 1 : 0;
}

type Result = { text: string | undefined } | { error: unknown };

/** An error becomes a value: it is looked at in the order of the names. */
function settled(work: Promise<string | undefined>): Promise<Result> {
  return work.then(
    (text) => ({ text }),
    (error: unknown) => ({ error }),
  );
}
