/** C10: environment and labels given at run: set inside, shown, filterable. */
import { expect, test } from "bun:test";
import { bothClis, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c10").use();

bothClis(engine, (cli) => {
  const env = async (args: string[], options: { env?: Record<string, string> } = {}) => {
    const { stdout } = await cli.run(["run", "--rm", ...args, engine.base, "env"], options);
    return Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(/=(.*)/s) as [string, string]),
    );
  };

  test("without any: PATH, HOSTNAME and HOME; TERM with a terminal", async () => {
    const plain = await env([]);
    expect(Object.keys(plain).sort()).toEqual(["HOME", "HOSTNAME", "PATH"]);
    expect(plain).toMatchObject({
      HOME: "/root",
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    });
    expect((await env(["-u", "app"])).HOME).toBe("/home/app");
    const { stdout } = await cli.run(["run", "--rm", "-t", engine.base, "env"]);
    expect(stdout).toContain("TERM=xterm");
  });

  test("-e sets a value, takes one from the caller, and leaves out what the caller has not", async () => {
    const seen = await env(
      ["-e", "A=1", "--env", "B=two words = fine", "-e", "EMPTY=", "-e", "MINE", "-e", "NOT_SET"],
      {
        env: { MINE: "from the caller" },
      },
    );
    expect(seen).toMatchObject({ A: "1", B: "two words = fine", EMPTY: "", MINE: "from the caller" });
    expect(seen).not.toHaveProperty("NOT_SET");
  });

  test("--env-file: comments and empty lines skipped, values as they stand, names from the caller", async () => {
    using files = await directoryOf({
      "one.env":
        '# a comment\n\nPLAIN=value\nQUOTED="kept as it is"\nSPACES=a b  c\nEQUALS=a=b\nCALLER\nABSENT\n',
      "two.env": "PLAIN=later file wins\n",
    });
    const seen = await env(["--env-file", `${files.path}/one.env`], { env: { CALLER: "here" } });
    expect(seen).toMatchObject({
      PLAIN: "value",
      QUOTED: '"kept as it is"',
      SPACES: "a b  c",
      EQUALS: "a=b",
      CALLER: "here",
    });
    expect(seen).not.toHaveProperty("ABSENT");
    const both = ["--env-file", `${files.path}/one.env`, "--env-file", `${files.path}/two.env`];
    expect((await env(both)).PLAIN).toBe("later file wins");
    expect((await env([...both, "-e", "PLAIN=flag wins"])).PLAIN).toBe("flag wins");
  });

  test("a missing or malformed file is refused before anything runs", async () => {
    const missing = await cli.run(["run", "--rm", "--env-file", "/no/such.env", engine.base, "true"]);
    expect(missing.code).toBe(125);
    expect(missing.stderr).toContain("/no/such.env");
    using files = await directoryOf({ "bad.env": "two words=1\n" });
    const bad = await cli.run(["run", "--rm", "--env-file", `${files.path}/bad.env`, engine.base, "true"]);
    expect(bad.code).toBe(125);
    expect(bad.stderr).toContain("two words");
  });

  test("the flag wins over the image, and exec sees the container's environment", async () => {
    using context = await directoryOf({ Dockerfile: `FROM ${engine.base}\nENV COLOR=blue SIZE=10\n` });
    const image = cli.image("env");
    await cli.ok("build", "-t", image, context.path);
    const name = cli.unique("env");
    await cli.ok("run", "-d", "--name", name, "-e", "COLOR=red", image, "sleep", "1000");
    expect(await cli.inside(name, "sh", "-c", "echo $COLOR $SIZE")).toBe("red 10");
    expect(await cli.ok("exec", "-e", "SIZE=11", name, "sh", "-c", "echo $COLOR $SIZE")).toBe("red 11");
    expect((await cli.inspect(name)).Config.Env).toEqual(expect.arrayContaining(["COLOR=red", "SIZE=10"]));
    await cli.ok("rm", "-f", name);
  });

  test("labels: given one by one and by file, shown and filterable", async () => {
    const [front, back] = [cli.unique("front"), cli.unique("back")];
    using files = await directoryOf({ labels: "# comment\nfrom.file=yes\n" });
    const app = `app=${cli.unique("shop")}`;
    await cli.ok(
      "create",
      "--name",
      front,
      "--label",
      app,
      "-l",
      "tier=front",
      "--label-file",
      `${files.path}/labels`,
      engine.base,
    );
    await cli.ok("create", "--name", back, "--label", app, "-l", "tier=back", engine.base);
    expect((await cli.inspect(front)).Config.Labels).toMatchObject({
      tier: "front",
      "from.file": "yes",
    });
    const names = async (...filters: string[]) =>
      (
        await cli.ok(
          "ps",
          "-a",
          "--format",
          "{{.Names}}",
          ...filters.flatMap((filter) => ["--filter", filter]),
        )
      )
        .split("\n")
        .filter(Boolean)
        .sort();
    expect(await names(`label=${app}`)).toEqual([back, front]);
    expect(await names(`label=${app}`, "label=tier=back")).toEqual([back]);
    expect(await names(`label=${app}`, "label=from.file")).toEqual([front]);
    expect(await names(`label=${app}`, "label=tier=none")).toEqual([]);
    const shown = await cli.ok("ps", "-a", "--filter", `name=${back}`, "--format", '{{.Label "tier"}}');
    expect(shown).toBe("back");
  });
});
