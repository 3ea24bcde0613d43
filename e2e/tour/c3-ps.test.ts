/** C3: ps tells the truth, and its quiet ids feed other commands. */
import { expect, test } from "bun:test";
import { bothClis, eventually, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c3").use();

bothClis(engine, (cli) => {
  /** Only this command line's containers of this file: the scenarios share an engine. */
  const mine = ["--filter", `name=${cli.unique("")}`];
  const names = async (...args: string[]) =>
    (await cli.ok("ps", ...mine, "--format", "{{.Names}}", ...args)).split("\n").filter(Boolean).sort();

  test("ps shows what runs, ps -a what ended and what never started", async () => {
    const [up, ended, created] = ["up", "ended", "created"].map((name) => cli.unique(name)) as [
      string,
      string,
      string,
    ];
    await cli.ok("run", "-d", "--name", up, engine.base, "sleep", "1000");
    await cli.run(["run", "--name", ended, engine.base, "sh", "-c", "exit 3"]);
    await cli.ok("create", "--name", created, engine.base, "sh");
    expect(await names()).toEqual([up]);
    expect(await names("-a")).toEqual([created, ended, up]);

    const rows = (
      await cli.ok("ps", "-a", ...mine, "--format", "{{.Names}}|{{.State}}|{{.Status}}|{{.Image}}")
    ).split("\n");
    const row = (name: string) => rows.find((line) => line.startsWith(`${name}|`))?.split("|") ?? [];
    expect(row(up)[1]).toBe("running");
    expect(row(up)[2]).toMatch(/^Up (Less than a second|\d+ seconds?|About a minute)$/);
    expect(row(up)[3]).toBe(engine.base);
    expect(row(ended)[1]).toBe("exited");
    expect(row(ended)[2]).toMatch(/^Exited \(3\) (Less than a second|\d+ seconds?|About a minute) ago$/);
    expect(row(created).slice(1, 3)).toEqual(["created", "Created"]);
  });

  test("the table has Docker's columns", async () => {
    const header = (await cli.ok("ps", "-a", ...mine)).split("\n")[0] ?? "";
    expect(header.split(/ {2,}/)).toEqual([
      "CONTAINER ID",
      "IMAGE",
      "COMMAND",
      "CREATED",
      "STATUS",
      "PORTS",
      "NAMES",
    ]);
    const line = (await cli.ok("ps", ...mine)).split("\n")[1] ?? "";
    expect(line).toMatch(/^[0-9a-f]{12} .*"sleep 1000" /);
  });

  test("container ls and container ps are the same command", async () => {
    const plain = await cli.ok("ps", "-a", "-q", ...mine);
    expect(await cli.ok("container", "ls", "-a", "-q", ...mine)).toBe(plain);
    expect(await cli.ok("container", "ps", "-a", "-q", ...mine)).toBe(plain);
  });

  test("-q prints short ids, --no-trunc whole ones, -n and -l the latest", async () => {
    const short = (await cli.ok("ps", "-a", "-q", ...mine)).split("\n");
    const long = (await cli.ok("ps", "-a", "-q", "--no-trunc", ...mine)).split("\n");
    expect(short.every((id) => /^[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(long.every((id) => /^[0-9a-f]{64}$/.test(id))).toBe(true);
    expect(long.map((id) => id.slice(0, 12))).toEqual(short);
    expect(await names("-n", "2")).toEqual([cli.unique("created"), cli.unique("ended")]);
    expect(await names("-n", "1")).toEqual([cli.unique("created")]);
  });

  test("filters narrow: status, exited, ancestor, id", async () => {
    expect(await names("-a", "--filter", "status=exited")).toEqual([cli.unique("ended")]);
    expect(await names("-a", "--filter", "exited=3")).toEqual([cli.unique("ended")]);
    expect(await names("-a", "--filter", "exited=4")).toEqual([]);
    expect((await names("-a", "--filter", `ancestor=${engine.base}`)).length).toBe(3);
    const [id = ""] = (await cli.ok("ps", "-q", ...mine)).split("\n");
    expect(await names("--filter", `id=${id}`)).toEqual([cli.unique("up")]);
    const { code, stderr } = await cli.run(["ps", "--filter", "bogus=1"]);
    expect(code).toBe(1);
    expect(stderr).toContain("invalid filter 'bogus'");
  });

  test("--format json gives one object a line", async () => {
    const lines = (await cli.ok("ps", "-a", ...mine, "--format", "json"))
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.Names).sort()).toEqual(await names("-a"));
    expect(lines[0]).toHaveProperty("State");
  });

  test("ps -q | xargs stop", async () => {
    const extra = [cli.unique("one"), cli.unique("two")];
    for (const name of extra) {
      const script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done";
      await cli.ok("run", "-d", "--name", name, engine.base, "sh", "-c", script);
      // Without its trap the shell, being process 1, would not hear the signal.
      await eventually("it is ready", async () => (await cli.ok("logs", name)) === "ready");
    }
    await cli.ok("rm", "-f", cli.unique("up"));
    const ids = (await cli.ok("ps", "-q", ...mine)).split("\n");
    expect(ids.length).toBe(2);
    expect((await cli.ok("stop", ...ids)).split("\n")).toEqual(ids);
    expect(await names()).toEqual([]);
    expect(await names("-a", "--filter", "status=exited", "--filter", "exited=0")).toEqual(extra);
  });

  test("what a container does by itself shows at once", async () => {
    const name = cli.unique("short");
    await cli.ok("run", "-d", "--name", name, engine.base, "sleep", "0.7");
    expect(await names()).toEqual([name]);
    await eventually("it is no longer listed", async () => (await names()).length === 0);
    expect(await names("-a", "--filter", "status=exited")).toContain(name);
  });
});
