import { describe, expect, test } from "bun:test";
import { runCli } from "./testing/cli.ts";

const NOWHERE = { DOCKER_HOST: "unix:///nonexistent/d.sock" };
const run = (...args: string[]) => runCli(args, NOWHERE);

describe("help and version", () => {
  test("the first page names the groups and the flags before a command", async () => {
    for (const args of [[], ["--help"], ["-h"], ["help"]]) {
      const { code, out, err } = await run(...args);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toStartWith("Usage:  berth [OPTIONS] COMMAND\n");
      for (const part of [
        "\nCommon Commands:\n  run ",
        "\nManagement Commands:\n",
        "\n  ps           List containers\n",
        "\n  container    Manage containers\n",
        "\n  -H, --host string        Daemon socket to connect to\n",
        "Run 'berth COMMAND --help' for more information on a command.\n",
      ]) {
        expect(out).toContain(part);
      }
      expect(out).not.toContain("__complete");
    }
  });

  test("the page of a command has usage, aliases and flags", async () => {
    for (const args of [
      ["ps", "--help"],
      ["ps", "-a", "--help", "--nonsense"],
      ["help", "ps"],
    ]) {
      const { code, out } = await run(...args);
      expect(code).toBe(0);
      expect(out).toStartWith(
        "Usage:  berth ps [OPTIONS]\n\nList containers\n\nAliases:\n  berth container ls, ",
      );
      expect(out).toContain("\nOptions:\n  -a, --all             Show stopped containers too\n");
      expect(out).toContain("  -n, --last int        Show the n containers created last, in any state");
      expect(out).toMatch(/ {24}\(default -1\)|\(default -1\)/);
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
    }
  });

  test("the page of a group", async () => {
    for (const args of [["network"], ["network", "--help"], ["help", "network"]]) {
      const { code, out } = await run(...args);
      expect(code).toBe(0);
      expect(out).toBe(
        [
          "Usage:  berth network COMMAND",
          "Manage networks",
          "Commands:\n  inspect   Show all details of networks\n  ls        List networks",
          "Run 'berth network COMMAND --help' for more information on a command.\n",
        ].join("\n\n"),
      );
    }
  });

  test("the version", async () => {
    for (const flag of ["-v", "--version"]) {
      const { code, out } = await run(flag);
      expect(code).toBe(0);
      expect(out).toMatch(/^Berth version \d+\.\d+\.\d+, build \w+\n$/);
    }
  });
});

describe("wrong command lines", () => {
  for (const [args, code, err] of [
    [["xyz"], 1, "berth: 'xyz' is not a berth command.\nSee 'berth --help'\n"],
    [
      ["imges"],
      1,
      "berth: 'imges' is not a berth command. Did you mean 'berth images'?\nSee 'berth --help'\n",
    ],
    [
      ["network", "inspec", "x"],
      1,
      "berth: 'network inspec' is not a berth command. Did you mean 'berth network inspect'?\nSee 'berth network --help'\n",
    ],
    [["help", "xyz"], 1, "unknown help topic: xyz\n"],
    [["--log-level", "loud", "ps"], 1, "Unable to parse logging level: loud\n"],
    [
      ["ps", "--fromat", "x"],
      125,
      "unknown flag: --fromat\n\nDid you mean --format?\n\nUsage:  berth ps [OPTIONS]\n\nRun 'berth ps --help' for more information\n",
    ],
    [
      ["container", "ls", "-Z"],
      125,
      "unknown shorthand flag: 'Z' in -Z\n\nUsage:  berth container ls [OPTIONS]\n\nRun 'berth container ls --help' for more information\n",
    ],
    [
      ["--foo", "ps"],
      125,
      "unknown flag: --foo\n\nUsage:  berth [OPTIONS] COMMAND [ARG...]\n\nRun 'berth --help' for more information\n",
    ],
    [
      ["ps", "-f", "foo"],
      125,
      'invalid argument "foo" for "-f, --filter" flag: bad format of filter (expected name=value)\n\nUsage:  berth ps [OPTIONS]\n\nRun \'berth ps --help\' for more information\n',
    ],
    [
      ["ps", "a"],
      1,
      "berth: 'berth ps' accepts no arguments\n\nUsage:  berth ps [OPTIONS]\n\nRun 'berth ps --help' for more information\n",
    ],
    [
      ["tag", "a"],
      1,
      "berth: 'berth tag' requires 2 arguments\n\nUsage:  berth tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n\nRun 'berth tag --help' for more information\n",
    ],
    [
      ["rmi"],
      1,
      "berth: 'berth rmi' requires at least 1 argument\n\nUsage:  berth rmi [OPTIONS] IMAGE [IMAGE...]\n\nSee 'berth rmi --help' for more information\n",
    ],
    [
      ["port", "a", "b", "c"],
      1,
      "berth: 'berth port' requires at least 1 and at most 2 arguments\n\nUsage:  berth port CONTAINER [PRIVATE_PORT[/PROTO]]\n\nRun 'berth port --help' for more information\n",
    ],
    [["-H", "foo://x", "ps"], 1, "unable to parse docker host 'foo://x': the scheme must be unix or tcp\n"],
    [
      ["-c", "x", "-H", "unix:///x", "ps"],
      1,
      "conflicting options: cannot specify both --host and --context\n",
    ],
  ] as [string[], number, string][]) {
    test(args.join(" "), async () => expect(await run(...args)).toEqual({ code, out: "", err }));
  }
});

test("an engine that is not there", async () => {
  expect(await run("ps")).toEqual({
    code: 1,
    out: "",
    err: "Cannot connect to the Berth daemon at unix:///nonexistent/d.sock. Is the berth daemon running?\n",
  });
  const { code, out, err } = await run("version", "--format", "{{.Client.Os}}|{{.Server}}");
  expect({ code, out }).toEqual({ code: 1, out: "linux|<nil>\n" });
  expect(err).toContain("Cannot connect to the Berth daemon");
});

test("commands that need no engine do not mind a wrong address", async () => {
  const { code, out } = await runCli(["completion", "bash"], { DOCKER_HOST: "nonsense://" });
  expect(code).toBe(0);
  expect(out).toContain("complete ");
});
