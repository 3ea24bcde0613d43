import type { CommandSpec } from "./command.ts";

/** A word of the command line: a command, a group of commands, or both (`berth builder`). */
export interface CommandNode {
  readonly word: string;
  readonly path: readonly string[];
  spec?: CommandSpec;
  readonly children: Map<string, CommandNode>;
}

/** All spellings of all commands, by word. */
export function buildTree(specs: Iterable<CommandSpec>): CommandNode {
  const root: CommandNode = { word: "", path: [], children: new Map() };
  for (const spec of specs) {
    for (const path of [spec.path, ...(spec.aliases ?? [])]) {
      let node = root;
      for (const [depth, word] of path.entries()) {
        let child = node.children.get(word);
        if (!child) {
          child = { word, path: path.slice(0, depth + 1), children: new Map() };
          node.children.set(word, child);
        }
        node = child;
      }
      node.spec ??= spec;
    }
  }
  return root;
}

/** Follows the words as far as they name commands; the rest are arguments. */
export function findCommand(
  root: CommandNode,
  words: readonly string[],
): { node: CommandNode; rest: readonly string[] } {
  let node = root;
  let used = 0;
  for (const word of words) {
    const child = node.children.get(word);
    if (!child) break;
    node = child;
    used++;
  }
  return { node, rest: words.slice(used) };
}

/** Commands and groups of a node as help and completion list them: no hidden ones, each under one name only. */
export function listedChildren(node: CommandNode): CommandNode[] {
  const seen = new Set<CommandSpec>();
  const listed: CommandNode[] = [];
  for (const child of node.children.values()) {
    if (child.spec) {
      // Spellings are entered in the order of the table, so the first within a group is its usual name.
      if (child.spec.hidden || seen.has(child.spec)) continue;
      seen.add(child.spec);
    } else if (listedChildren(child).length === 0) continue;
    listed.push(child);
  }
  return listed.sort((a, b) => (a.word < b.word ? -1 : 1));
}
