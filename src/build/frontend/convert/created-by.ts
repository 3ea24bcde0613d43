import { formatDuration } from "../../../core/index.ts";
import type { HealthcheckConfig } from "../../../spec/index.ts";
import type { CopyInstruction } from "../instruction.ts";
import { goQuote, goQuoteList, goQuoteRune } from "./go-format.ts";

/** Mark of entries that made a layer, as BuildKit writes it. */
const MARK = " # buildkit";

/** `RUN |2 A=1 B=2 /bin/sh -c ... # buildkit`. */
export function runCreatedBy(args: readonly string[], buildArgs: ReadonlyMap<string, string>): string {
  const pairs = [...buildArgs].map(([name, value]) => `${name}=${value}`);
  const head = pairs.length > 0 ? [`|${pairs.length}`, ...pairs] : [];
  return `RUN ${[...head, ...args].join(" ")}${MARK}`;
}

/** `COPY --chown=1 a b/ /c/ # buildkit`; the stage copied from is not named. */
export function copyCreatedBy(
  instruction: CopyInstruction,
  expanded: { sources: readonly string[]; destination: string; chown?: string; chmod?: string },
): string {
  const { chown, chmod, sources, destination } = expanded;
  const words = [
    instruction.kind.toUpperCase(),
    ...(chown === undefined ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...sources,
    ...instruction.files.map(({ name }) => `<<${name}`),
    destination,
  ];
  return words.join(" ") + MARK;
}

export function healthcheckCreatedBy(check: HealthcheckConfig): string {
  const spans = [check.Interval, check.Timeout, check.StartPeriod, check.StartInterval];
  const quoted = spans.map((span) => goQuote(formatDuration(span ?? 0))).join(" ");
  return `HEALTHCHECK &{${goQuoteList(check.Test ?? [])} ${quoted} ${goQuoteRune(check.Retries ?? 0)}}`;
}
