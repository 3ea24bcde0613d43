import type { CommandSpec } from "./command.ts";
import type { CommandNode } from "./command-tree.ts";
import { FlagError, UsageError } from "./usage-error.ts";

/** Name of this program in all texts. */
export const PROGRAM = "berth";

/** A command's words with the program's name: `berth container ls`. */
export function fullName(node: CommandNode): string {
  return [PROGRAM, ...node.path].join(" ");
}

/** `Usage:  berth ps [OPTIONS]`. */
export function usageLine(node: CommandNode): string {
  const rest = node.spec?.usage ?? (node.path.length > 0 ? "COMMAND" : "[OPTIONS] COMMAND [ARG...]");
  return `Usage:  ${fullName(node)} ${rest}`.trimEnd();
}

/** The lines that end every complaint about a command line. Docker says "See" only where arguments are missing. */
function usageAndHint(node: CommandNode, verb: "Run" | "See" = "Run"): string {
  return `${usageLine(node)}\n\n${verb} '${fullName(node)} --help' for more information`;
}

/** Does what reads flags, and adds the command's usage to its complaints. @throws UsageError */
export function withUsage<T>(node: CommandNode, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof FlagError ? flagUsageError(node, error) : error;
  }
}

export function flagUsageError(node: CommandNode, error: FlagError): UsageError {
  const hint = error.suggestion ? `\n\nDid you mean ${error.suggestion}?` : "";
  return new UsageError(`${error.message}${hint}\n\n${usageAndHint(node)}`, 125);
}

/** @throws UsageError when a command takes fewer or more arguments */
export function checkCount(node: CommandNode, spec: CommandSpec, count: number): void {
  const { min, max } = spec.arguments;
  if (count >= min && (max === undefined || count <= max)) return;
  const verb = max === undefined ? "See" : "Run";
  throw new UsageError(
    `${PROGRAM}: '${fullName(node)}' ${countText(min, max)}\n\n${usageAndHint(node, verb)}`,
    1,
  );
}

function countText(min: number, max: number | undefined): string {
  const plural = (n: number) => `${n} argument${n === 1 ? "" : "s"}`;
  if (max === 0) return "accepts no arguments";
  if (max === undefined) return `requires at least ${plural(min)}`;
  if (min === max) return `requires ${plural(min)}`;
  if (min === 0) return `requires at most ${plural(max)}`;
  return `requires at least ${min} and at most ${plural(max)}`;
}
