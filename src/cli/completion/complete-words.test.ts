import { describe, expect, test } from "bun:test";
import type { CommandSpec } from "../command.ts";
import { buildTree } from "../command-tree.ts";
import { completeWords } from "./complete-words.ts";
import type { NameKind } from "./names.ts";

const load = async () => ({ run: async () => 0 });
const specs: CommandSpec[] = [
  {
    path: ["container", "run"],
    aliases: [["run"]],
    usage: "",
    summary: "Run it",
    flags: [
      { name: "detach", short: "d", kind: "boolean", description: "In the background\nwith more words" },
      { name: "env", short: "e", kind: "list", description: "Set variables" },
      { name: "env-file", kind: "list", complete: "files", description: "Read variables" },
      { name: "network", kind: "string", complete: "networks", description: "Network" },
      { name: "pull", kind: "string", complete: ["always", "missing", "never"], description: "Pull" },
      { name: "secret-flag", kind: "boolean", hidden: true, description: "" },
    ],
    arguments: { min: 1 },
    stopAtFirst: true,
    complete: "images",
    load,
  },
  {
    path: ["container", "rename"],
    usage: "",
    summary: "Rename it",
    flags: [],
    arguments: { min: 2, max: 2 },
    complete: "containers",
    load,
  },
  { path: ["ps"], usage: "", summary: "List them", flags: [], arguments: { min: 0, max: 0 }, load },
  { path: ["__complete"], usage: "", summary: "", flags: [], arguments: { min: 0 }, hidden: true, load },
];
const names: Record<NameKind, string[]> = {
  containers: ["web", "db"],
  "running-containers": ["web"],
  images: ["site:1", "site:2", "localhost:5000/x:1"],
  networks: ["bridge", "host"],
};

const answer = async (...words: string[]) => {
  const { candidates, fallback } = await completeWords(buildTree(specs), words, async (kind) => names[kind]);
  return [...candidates.map(({ word }) => word), `:${fallback}`].join(" ");
};

describe("completion of", () => {
  for (const [words, expected] of [
    [[], "container ps run :none"],
    [[""], "container ps run :none"],
    [["r"], "run :none"],
    [["x"], ":none"],
    [["container", ""], "rename run :none"],
    [["container", "r"], "rename run :none"],
    [["run", "--de"], "--detach :none"],
    [["run", "-"], "--detach -d --env -e --env-file --network --pull --help :none"],
    [["run", "--secret"], ":none"],
    [["run", "--network", ""], "bridge host :none"],
    [["run", "--network", "h"], "host :none"],
    [["run", "--network=h"], "--network=host :none"],
    [["run", "--pull", "m"], "missing :none"],
    [["run", "--env-file", "x"], ":files"],
    [["run", "-e", ""], ":none"],
    [["run", "-de", ""], ":none"],
    [["run", "-eA=1", "s"], "site:1 site:2 :none"],
    [["run", "-d", "localhost:"], "localhost:5000/x:1 :none"],
    [["run", "site:1", "--d"], ":files"],
    [["run", "--", "s"], "site:1 site:2 :none"],
    [["container", "rename", "w"], "web :none"],
    [["container", "rename", "web", ""], "web db :none"],
    [["container", "rename", "web", "new", ""], ":none"],
    [["ps", ""], ":none"],
    [["--ho"], "--host :none"],
    [["-H", "unix:///x", "p"], "ps :none"],
    [["-D", "--config=/x", "run", "site:1"], "site:1 :none"],
    [["--config", ""], ":directories"],
    [["--log-level", "d"], "debug :none"],
  ] as [string[], string][]) {
    test(JSON.stringify(words), async () => expect(await answer(...words)).toBe(expected));
  }

  test("descriptions are one line", async () => {
    const { candidates } = await completeWords(buildTree(specs), ["run", "--de"], async () => []);
    expect(candidates).toEqual([{ word: "--detach", description: "In the background" }]);
  });
});
