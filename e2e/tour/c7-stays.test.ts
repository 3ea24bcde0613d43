/** C7: a stopped container stays, with all it wrote, until it is removed; only --rm removes by itself. */
import { expect, test } from "bun:test";
import { bothClis, eventually, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c7").use();

bothClis(engine, (cli) => {
  const exists = async (name: string) => (await cli.run(["container", "inspect", name])).code === 0;

  test("a stopped container keeps its files, its log and its status", async () => {
    const name = cli.unique("kept");
    await cli.run([
      "run",
      "--name",
      name,
      engine.base,
      "sh",
      "-c",
      "echo $RANDOM > /note; cat /note; exit 4",
    ]);
    const note = await cli.ok("logs", name);
    expect((await cli.inspect(name)).State).toMatchObject({ Status: "exited", ExitCode: 4 });
    // The same container again: its root filesystem is as the first run left it.
    const { code, stdout } = await cli.run(["start", "-a", name]);
    expect({ code, lines: stdout.trim().split("\n").length }).toEqual({ code: 4, lines: 1 });
    expect(await cli.ok("logs", "--tail", "2", name)).toStartWith(`${note}\n`);
  });

  test("stop, start and restart keep the id and what was written", async () => {
    const name = cli.unique("cycle");
    const script = "trap 'exit 0' TERM; date +%s%N >> /starts; while :; do sleep 0.05; done";
    const id = await cli.ok("run", "-d", "--name", name, engine.base, "sh", "-c", script);
    const starts = async () => (await cli.inside(name, "cat", "/starts")).split("\n").length;
    await eventually("the first start is noted", async () => (await starts()) === 1);
    await cli.ok("stop", name);
    expect((await cli.inspect(name)).State).toMatchObject({ Running: false, ExitCode: 0 });
    await cli.ok("start", name);
    await eventually("the second start is noted", async () => (await starts()) === 2);
    await cli.ok("restart", name);
    await eventually("the third start is noted", async () => (await starts()) === 3);
    expect((await cli.inspect(name)).Id).toBe(id);
    await cli.ok("rm", "-f", name);
  });

  test("rm removes a stopped container, refuses a running one, and -f takes it anyway", async () => {
    const name = cli.unique("removed");
    await cli.ok("run", "-d", "--name", name, engine.base, "sleep", "1000");
    const { code, stderr } = await cli.run(["rm", name]);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot remove container");
    expect(stderr).toContain(
      `${name}": container is running: stop the container before removing or force remove`,
    );
    expect(await exists(name)).toBe(true);
    expect(await cli.ok("rm", "-f", name)).toBe(name);
    expect(await exists(name)).toBe(false);
  });

  test("container prune removes the stopped ones and leaves the running", async () => {
    const label = `prune=${cli.unique("")}`;
    const [up, down, never] = ["up", "down", "never"].map((word) => cli.unique(`p-${word}`)) as [
      string,
      string,
      string,
    ];
    await cli.ok("run", "-d", "--label", label, "--name", up, engine.base, "sleep", "1000");
    const ended = await cli.ok("run", "-d", "--label", label, "--name", down, engine.base, "true");
    await cli.run(["wait", down]);
    const created = await cli.ok("create", "--label", label, "--name", never, engine.base);
    const printed = await cli.ok("container", "prune", "-f", "--filter", `label=${label}`);
    expect(printed).toStartWith("Deleted Containers:\n");
    expect(printed).toContain("Total reclaimed space: ");
    for (const id of [ended, created]) expect(printed).toContain(id);
    expect([await exists(up), await exists(down), await exists(never)]).toEqual([true, false, false]);
    await cli.ok("rm", "-f", up);
  });

  test("--rm removes by itself, when attached and when detached", async () => {
    const attached = cli.unique("attached");
    expect((await cli.run(["run", "--rm", "--name", attached, engine.base, "sh", "-c", "exit 2"])).code).toBe(
      2,
    );
    expect(await exists(attached)).toBe(false);
    const detached = cli.unique("detached");
    await cli.ok("run", "-d", "--rm", "--name", detached, engine.base, "sleep", "0.5");
    expect(await exists(detached)).toBe(true);
    await eventually("it is gone", async () => !(await exists(detached)));
  });

  test("a name is free again when its container is removed, not before", async () => {
    const name = cli.unique("name");
    await cli.ok("create", "--name", name, engine.base);
    const { code, stderr } = await cli.run(["create", "--name", name, engine.base]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`The container name "/${name}" is already in use by container`);
    await cli.ok("rm", name);
    await cli.ok("create", "--name", name, engine.base);
  });

  test("rm of what is not there: status 1, and 0 with -f, always in words", async () => {
    const plain = await cli.run(["rm", "nosuch"]);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toContain("No such container: nosuch");
    const forced = await cli.run(["rm", "-f", "nosuch"]);
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain("No such container: nosuch");
  });
});
