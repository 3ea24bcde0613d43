import type { CommandSpec, Completion, Flag } from "../command.ts";
import { type CommandNode, listedChildren } from "../command-tree.ts";
import { globalFlags } from "../global-flags.ts";
import { groupSummaries } from "../groups.ts";
import type { NameKind, NameSource } from "./names.ts";

export interface Candidate {
  word: string;
  description?: string;
}

export interface CompletionAnswer {
  candidates: Candidate[];
  /** What the shell may offer besides. */
  fallback: "none" | "files" | "directories";
}

const NOTHING: CompletionAnswer = { candidates: [], fallback: "none" };

/** Where the cursor is on the command line. */
interface Position {
  node: CommandNode;
  flags: readonly Flag[];
  /** The flag whose value is being typed. */
  awaiting?: Flag;
  /** Words that are no flags any more: after `--`, or those of a container's command. */
  flagsEnded: boolean;
  arguments: number;
}

/** Completes the last of the words. */
export async function completeWords(
  root: CommandNode,
  words: readonly string[],
  names: NameSource,
): Promise<CompletionAnswer> {
  const current = words.at(-1) ?? "";
  const position = locate(root, words.slice(0, -1));
  if (position.awaiting) return complete(position.awaiting.complete, current, "", names);
  const assigned = /^(--[^=]+)=(.*)$/s.exec(current);
  if (assigned && !position.flagsEnded) {
    const flag = position.flags.find((candidate) => `--${candidate.name}` === assigned[1]);
    return complete(flag?.complete, assigned[2] ?? "", `${assigned[1]}=`, names);
  }
  if (current.startsWith("-") && !position.flagsEnded) return flagNames(position, current);
  const { node } = position;
  if (position.arguments === 0 && node.children.size > 0) return commandNames(node, current);
  const { spec } = node;
  if (!spec || (spec.arguments.max !== undefined && position.arguments >= spec.arguments.max)) return NOTHING;
  return complete(argumentKind(spec, position.arguments), current, "", names);
}

/** Only the first argument of these is a container or image; the rest is a command, or a new name. */
function argumentKind(spec: CommandSpec, index: number): Completion | undefined {
  if (index > 0 && spec.stopAtFirst) return "files";
  return spec.complete;
}

function locate(root: CommandNode, words: readonly string[]): Position {
  const position: Position = { node: root, flags: globalFlags, flagsEnded: false, arguments: 0 };
  for (const word of words) {
    if (position.awaiting) {
      position.awaiting = undefined;
      continue;
    }
    if (!position.flagsEnded && word === "--") {
      position.flagsEnded = true;
      continue;
    }
    if (!position.flagsEnded && word.startsWith("-") && word !== "-") {
      position.awaiting = awaitingFlag(position.flags, word);
      continue;
    }
    const child = position.arguments === 0 ? position.node.children.get(word) : undefined;
    if (child) {
      position.node = child;
      position.flags = child.spec?.flags ?? [];
      continue;
    }
    position.arguments++;
    if (position.node.spec?.stopAtFirst) position.flagsEnded = true;
  }
  return position;
}

/** The flag that takes the next word as its value. */
function awaitingFlag(flags: readonly Flag[], word: string): Flag | undefined {
  if (word.startsWith("--")) {
    const flag = flags.find((candidate) => `--${candidate.name}` === word);
    return flag && flag.kind !== "boolean" ? flag : undefined;
  }
  for (const [i, letter] of [...word.slice(1)].entries()) {
    const flag = flags.find((candidate) => candidate.short === letter);
    if (!flag) return undefined;
    if (flag.kind !== "boolean") return i === word.length - 2 ? flag : undefined;
  }
  return undefined;
}

function flagNames({ flags }: Position, current: string): CompletionAnswer {
  const candidates: Candidate[] = [];
  for (const flag of [...flags, HELP]) {
    if (flag.hidden) continue;
    const description = flag.description.split("\n")[0];
    if (`--${flag.name}`.startsWith(current)) candidates.push({ word: `--${flag.name}`, description });
    if (flag.short && current === "-") candidates.push({ word: `-${flag.short}`, description });
  }
  return { candidates, fallback: "none" };
}

const HELP: Flag = { name: "help", kind: "boolean", description: "Show help" };

function commandNames(node: CommandNode, current: string): CompletionAnswer {
  const candidates = listedChildren(node)
    .filter((child) => child.word.startsWith(current))
    .map((child) => ({
      word: child.word,
      description: child.spec?.summary ?? groupSummaries[child.word] ?? `Manage ${child.word}`,
    }));
  return { candidates, fallback: "none" };
}

async function complete(
  kind: Completion | undefined,
  current: string,
  prefix: string,
  names: NameSource,
): Promise<CompletionAnswer> {
  if (kind === undefined) return NOTHING;
  if (kind === "files" || kind === "directories") return { candidates: [], fallback: kind };
  const words = Array.isArray(kind) ? (kind as readonly string[]) : await names(kind as NameKind);
  const candidates = words
    .filter((word) => word.startsWith(current))
    .map((word) => ({ word: prefix + word }));
  return { candidates, fallback: "none" };
}
