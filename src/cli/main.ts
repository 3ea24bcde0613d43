import { COMMIT, messageOf, nearest, VERSION } from "../core/index.ts";
import type { CommandSpec, Output, ParsedArguments } from "./command.ts";
import { buildTree, type CommandNode, findCommand } from "./command-tree.ts";
import { commands } from "./commands/index.ts";
import { openContext } from "./context.ts";
import { reportError } from "./error-report.ts";
import { globalFlags, LOG_LEVELS } from "./global-flags.ts";
import { FdOutput } from "./output.ts";
import { parseFlags } from "./parse-flags.ts";
import { checkCount, flagUsageError, fullName, PROGRAM, withUsage } from "./usage.ts";
import { FlagError, UsageError } from "./usage-error.ts";

/**
 * Runs the command line (without the program's own name) and resolves to its exit status. `more` are commands from
 * outside of this room. Never rejects.
 */
export async function main(argv: readonly string[], more: readonly CommandSpec[] = []): Promise<number> {
  const out = new FdOutput(1);
  const err = new FdOutput(2);
  try {
    return await dispatch(argv, [...commands, ...more], out, err);
  } catch (error) {
    return reportError(error, err);
  }
}

async function dispatch(
  argv: readonly string[],
  table: readonly CommandSpec[],
  out: Output,
  err: Output,
): Promise<number> {
  const root = buildTree(table);
  const { args: globals, help } = withUsage(root, () => parseFlags(argv, globalFlags, { stopAtFirst: true }));
  if (globals.boolean("version")) {
    out.write(`Berth version ${VERSION}, build ${COMMIT}\n`);
    return 0;
  }
  const level = globals.string("log-level") ?? "info";
  if (!LOG_LEVELS.includes(level)) throw new UsageError(`Unable to parse logging level: ${level}`, 1);
  const { node, rest } = findCommand(root, globals.positional);
  const { spec } = node;
  if (help || !spec) return helpOrComplain(root, node, rest, help, out);
  const stopAtFirst = spec.stopAtFirst ?? false;
  const parsed = withUsage(node, () => parseFlags(rest, spec.flags, { stopAtFirst }));
  if (parsed.help) return showHelp(root, node, out);
  checkCount(node, spec, parsed.args.positional.length);
  const code = await spec.load();
  const { context, close } = await openContext({
    node,
    globals,
    args: parsed.args,
    commands: table,
    out,
    err,
  });
  try {
    return await code.run(context);
  } catch (error) {
    if (error instanceof FlagError) throw flagUsageError(node, error);
    sayWhere(error, globals, err);
    throw error;
  } finally {
    close();
  }
}

/** With `--debug`, the place in the code where it went wrong. */
function sayWhere(error: unknown, globals: ParsedArguments, err: Output): void {
  if (globals.boolean("debug") && error instanceof Error) err.write(`${error.stack ?? messageOf(error)}\n`);
}

/** No command was found, or help was asked for by `--help` or `berth help COMMAND`. */
async function helpOrComplain(
  root: CommandNode,
  node: CommandNode,
  rest: readonly string[],
  asked: boolean,
  out: Output,
): Promise<number> {
  const [first, ...more] = rest;
  if (node === root && first === "help") {
    const topic = findCommand(root, more);
    if (topic.rest.length > 0) throw new UsageError(`unknown help topic: ${more.join(" ")}`, 1);
    return showHelp(root, topic.node, out);
  }
  if (first === undefined || asked || first === "--help" || first === "-h") return showHelp(root, node, out);
  if (first.startsWith("-")) withUsage(node, () => parseFlags(rest, []));
  const known = [...node.children.values()].filter((child) => !child.spec?.hidden).map((child) => child.word);
  const suggestion = nearest(first, known);
  const hint = suggestion ? ` Did you mean '${fullName(node)} ${suggestion}'?` : "";
  const name = [...node.path, first].join(" ");
  throw new UsageError(
    `${PROGRAM}: '${name}' is not a ${PROGRAM} command.${hint}\nSee '${fullName(node)} --help'`,
    1,
  );
}

async function showHelp(root: CommandNode, node: CommandNode, out: Output): Promise<number> {
  const pages = await import("./help.ts");
  const width = out.columns;
  if (node === root) out.write(pages.rootHelp(root, width));
  else if (node.spec) out.write(pages.commandHelp(node, node.spec, width));
  else out.write(pages.groupHelp(node));
  return 0;
}
