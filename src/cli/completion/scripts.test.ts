import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cli } from "../testing/cli.ts";
import { cliWith, json, MAIN, QUIET } from "../testing/cli.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";

let cli: Cli;

beforeAll(async () => {
  cli = await cliWith((_method, path) => {
    if (path === "/images/json") {
      return json([
        { RepoTags: ["site:1", "site:2", "localhost:5000/x:1"] },
        { RepoTags: ["<none>:<none>"] },
      ]);
    }
    if (path === "/containers/json") return json([{ Names: ["/web"] }, { Names: ["/db"] }]);
    return json([{ Name: "bridge" }]);
  });
  // The scripts call the program by its name.
  const program = join(cli.directory, "berth");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(program, 0o755);
  mkdirSync(join(cli.directory, "files", "deep"), { recursive: true });
  writeFileSync(join(cli.directory, "files", "archive.tar"), "");
});
afterAll(() => cli[Symbol.asyncDispose]());

const environment = () => ({
  PATH: `${cli.directory}:${process.env.PATH}`,
  DOCKER_HOST: cli.host,
  ...QUIET,
});

/** What bash would offer when tab is pressed at the end of `line`. */
async function inBash(line: string, type = 9): Promise<string[]> {
  const script = `
    source <(berth completion bash)
    COMP_LINE="$1" COMP_POINT=\${#1} COMP_TYPE=${type} COMP_WORDS=() COMP_CWORD=0
    _berth
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const child = Bun.spawn(["bash", "--norc", "-c", script, "bash", line], {
    env: environment(),
    cwd: join(cli.directory, "files"),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(err).toBe("");
  return out.split("\n").filter((word) => word !== "");
}

describe("bash", () => {
  for (const [line, words] of [
    ["berth im", ["image", "images", "import"]],
    ["berth network ", ["inspect", "ls"]],
    ["berth ps --no", ["--no-trunc"]],
    ["berth rmi s", ["site:1", "site:2"]],
    // Bash takes what is before the last colon for an earlier word.
    ["berth rmi localhost:5000/", ["5000/x:1"]],
    ["berth rmi site:", ["1", "2"]],
    ["berth inspect ", ["web", "db"]],
    ["berth network inspect --format=j", ["json"]],
    ["berth load -i ", ["archive.tar", "deep"]],
    ["berth nonsense ", []],
  ] as [string, string[]][]) {
    test(line, async () => expect(await inBash(line)).toEqual(words));
  }

  test("a list of several comes with descriptions", async () => {
    const words = await inBash("berth network ", 63);
    expect(words).toEqual([
      "inspect              (Show all details of networks)",
      "ls                   (List networks)",
    ]);
    expect(await inBash("berth network l", 63)).toEqual(["ls"]);
  });
});

test("names are not asked of an engine that is not there", async () => {
  const child = Bun.spawn([process.execPath, MAIN, "__complete", "--", "rmi", ""], {
    env: { ...QUIET, PATH: process.env.PATH ?? "", DOCKER_HOST: "unix:///nonexistent/x.sock" },
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await new Response(child.stdout).text()).toBe(":none\n");
  expect(await new Response(child.stderr).text()).toBe("");
});

for (const [shell, script] of [
  ["zsh", zshScript(true)],
  ["fish", fishScript(true)],
] as const) {
  // Neither shell is on every machine.
  test.skipIf(!Bun.which(shell))(`${shell} reads its script`, () => {
    const { stderr, exitCode } = Bun.spawnSync([shell, "-n", "-c", script]);
    expect(stderr.toString()).toBe("");
    expect(exitCode).toBe(0);
  });
}
