import type { CommandSpec, Flag } from "./command.ts";
import { type CommandNode, listedChildren } from "./command-tree.ts";
import { globalFlags } from "./global-flags.ts";
import { commonCommands, groupSummaries } from "./groups.ts";
import { fullName, PROGRAM, usageLine } from "./usage.ts";

/** The page of a command. */
export function commandHelp(node: CommandNode, spec: CommandSpec, width: number): string {
  const sections = [usageLine(node), spec.summary];
  if (spec.aliases?.length) {
    const spellings = [spec.path, ...spec.aliases].map((path) => [PROGRAM, ...path].join(" "));
    sections.push(`Aliases:\n  ${spellings.join(", ")}`);
  }
  const flags = spec.flags.filter((flag) => !flag.hidden);
  if (flags.length > 0) sections.push(`Options:\n${flagTable(flags, width)}`);
  const children = listedChildren(node);
  if (children.length > 0) sections.push(`Commands:\n${commandTable(children)}`);
  return `${sections.join("\n\n")}\n`;
}

/** The page of a group such as `berth container`. */
export function groupHelp(node: CommandNode): string {
  return `${[
    usageLine(node),
    summaryOf(node),
    `Commands:\n${commandTable(listedChildren(node))}`,
    `Run '${fullName(node)} COMMAND --help' for more information on a command.`,
  ].join("\n\n")}\n`;
}

/** The first page: every command, and the flags before them. */
export function rootHelp(root: CommandNode, width: number): string {
  const children = listedChildren(root);
  const common = commonCommands.flatMap((word) => children.filter((child) => child.word === word));
  const others = children.filter((child) => !common.includes(child));
  const groups = others.filter(
    (child) => child.children.size > 0 && !child.spec && child.word !== "completion",
  );
  const rest = others.filter((child) => !groups.includes(child));
  const pad = Math.max(...children.map((child) => child.word.length));
  return `${[
    `Usage:  ${PROGRAM} [OPTIONS] COMMAND`,
    "Builds container images and runs containers",
    `Common Commands:\n${commandTable(common, pad)}`,
    `Management Commands:\n${commandTable(groups, pad)}`,
    `Commands:\n${commandTable(rest, pad)}`,
    `Global Options:\n${flagTable(globalFlags, width)}`,
    `Run '${PROGRAM} COMMAND --help' for more information on a command.`,
  ].join("\n\n")}\n`;
}

function summaryOf(node: CommandNode): string {
  return node.spec?.summary ?? groupSummaries[node.word] ?? `Manage ${node.word}`;
}

function commandTable(
  nodes: readonly CommandNode[],
  pad = Math.max(...nodes.map((node) => node.word.length)),
): string {
  return nodes.map((node) => `  ${node.word.padEnd(pad)}   ${summaryOf(node)}`).join("\n");
}

/** Flags in alphabetical order, their descriptions in a column of their own, wrapped to the width. */
export function flagTable(flags: readonly Flag[], width: number): string {
  const rows = [...flags]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => {
      const type = valueName(flag);
      const left = `  ${flag.short ? `-${flag.short}, ` : "    "}--${flag.name}${type ? ` ${type}` : ""}`;
      return { left, text: flag.description + defaultText(flag) };
    });
  const column = Math.max(...rows.map((row) => row.left.length)) + 3;
  return rows
    .map(({ left, text }) => left.padEnd(column) + wrap(text, width - column - 1, column))
    .join("\n");
}

function valueName(flag: Flag): string {
  if (flag.value) return flag.value;
  return { boolean: "", string: "string", number: "int", list: "list" }[flag.kind];
}

function defaultText(flag: Flag): string {
  const value = flag.default;
  if (value === undefined || value === false || value === "" || value === 0) return "";
  return typeof value === "string" ? ` (default ${JSON.stringify(value)})` : ` (default ${value})`;
}

/** Breaks at spaces where a line would be too long; further lines are indented. */
function wrap(text: string, width: number, indent: number): string {
  const room = Math.max(24, width);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(/(?<=\S)(?=\s)/)) {
      if (line !== "" && (line + word).length > room) {
        lines.push(line);
        line = word.trimStart();
      } else line += word;
    }
    lines.push(line);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
