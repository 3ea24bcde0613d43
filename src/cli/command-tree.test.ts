import { describe, expect, test } from "bun:test";
import type { CommandSpec } from "./command.ts";
import { buildTree, findCommand, listedChildren } from "./command-tree.ts";
import { commands } from "./commands/index.ts";

const tree = buildTree(commands);

describe("the command table", () => {
  test("long and short forms lead to the same command", () => {
    for (const [short, long] of [
      ["ps", "container ls"],
      ["ps", "container ps"],
      ["images", "image ls"],
      ["rmi", "image rm"],
      ["rmi", "image remove"],
      ["tag", "image tag"],
      ["info", "system info"],
      ["events", "system events"],
      ["run", "container run"],
      ["logs", "container logs"],
    ] as const) {
      const spec = findCommand(tree, [short]).node.spec;
      expect(spec).toBeDefined();
      expect(findCommand(tree, long.split(" ")).node.spec).toBe(spec as CommandSpec);
    }
  });

  test("no word path is taken twice", () => {
    const seen = new Set<string>();
    for (const spec of commands) {
      for (const path of [spec.path, ...(spec.aliases ?? [])]) {
        const key = path.join(" ");
        expect(seen.has(key)).toBe(false);
        seen.add(key);
      }
    }
  });

  test("flags of a command have names and letters of their own", () => {
    for (const spec of commands) {
      const names = spec.flags.map((flag) => flag.name);
      const letters = spec.flags.flatMap((flag) => flag.short ?? []);
      expect(new Set(names).size).toBe(names.length);
      expect(new Set(letters).size).toBe(letters.length);
      for (const letter of letters) expect(letter).toHaveLength(1);
      for (const flag of spec.flags) if (flag.default !== undefined) expect(defaultFits(flag)).toBe(true);
    }
  });

  test("every command has code", async () => {
    for (const spec of commands) expect(typeof (await spec.load()).run).toBe("function");
  });

  test("a group lists a command under one name", () => {
    const container = tree.children.get("container");
    const words = listedChildren(container as NonNullable<typeof container>).map((child) => child.word);
    expect(words).toContain("ls");
    expect(words).not.toContain("ps");
    expect(words).not.toContain("list");
    expect(listedChildren(tree).map((child) => child.word)).not.toContain("__complete");
  });

  test("arguments end the search", () => {
    const { node, rest } = findCommand(tree, ["run", "ps"]);
    expect(node.path).toEqual(["run"]);
    expect(rest).toEqual(["ps"]);
  });
});

function defaultFits({ kind, default: value }: CommandSpec["flags"][number]): boolean {
  return kind === "list" ? false : typeof value === kind;
}
