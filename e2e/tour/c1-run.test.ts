/** C1: run a program once or for long; its exit status is passed on; the container stops when its process ends. */
import { expect, test } from "bun:test";
import { bothClis, eventually, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c1").use();

bothClis(engine, (cli) => {
  test("run IMAGE runs the image's own command", async () => {
    const { code, stdout } = await cli.run(["run", "--rm", "-i", engine.base], {
      stdin: "echo from $((40 + 2))\n",
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "from 42\n" });
  });

  test("run IMAGE CMD keeps output and errors apart and passes the exit status on", async () => {
    const script = "echo out; echo err >&2; exit 42";
    const { code, stdout, stderr } = await cli.run(["run", "--rm", engine.base, "sh", "-c", script]);
    expect({ code, stdout, stderr }).toEqual({ code: 42, stdout: "out\n", stderr: "err\n" });
  });

  test("standard input reaches the program, and its end too", async () => {
    const { stdout } = await cli.run(["run", "--rm", "-i", engine.base, "wc", "-c"], {
      stdin: "x".repeat(300_000),
    });
    expect(stdout.trim()).toBe("300000");
  });

  test("without -i the program reads end of file", async () => {
    const { code, stdout } = await cli.run(["run", "--rm", engine.base, "cat"], { stdin: "not for you" });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  test("a large output arrives whole", async () => {
    const { stdout } = await cli.run(["run", "--rm", engine.base, "seq", "200000"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBe(200_000);
    expect(lines.every((line, index) => line === String(index + 1))).toBe(true);
  });

  test("a program ended by a signal gives 128 and the signal", async () => {
    const name = cli.unique("killed");
    const attached = cli.run(["run", "--rm", "--name", name, engine.base, "sleep", "1000"]);
    await eventually("it runs", async () => (await cli.run(["exec", name, "true"])).code === 0);
    await cli.ok("kill", name);
    expect((await attached).code).toBe(137);
  });

  test("SIGTERM to the command line reaches the program", async () => {
    const name = cli.unique("proxied");
    const script = "trap 'echo got it; exit 7' TERM; echo ready; while :; do sleep 0.05; done";
    const attached = cli.spawn(["run", "--rm", "--name", name, engine.base, "sh", "-c", script]);
    await eventually("it is ready", async () => (await cli.ok("logs", name)).includes("ready"));
    attached.kill("SIGTERM");
    expect(await attached.exited).toBe(7);
    expect(await new Response(attached.stdout).text()).toContain("got it");
  });

  test("125, 126 and 127 tell the engine's failures from the program's", async () => {
    const of = async (...args: string[]) => (await cli.run(["run", "--rm", ...args])).code;
    expect(await of("--no-such-flag", engine.base)).toBe(125);
    expect(await of(engine.base, "/etc/passwd")).toBe(126);
    expect(await of(engine.base, "no-such-program")).toBe(127);
    expect(await of(engine.base, "/no/such/program")).toBe(127);
  });

  test("run -d prints the id, and the container runs until its process ends", async () => {
    const name = cli.unique("long");
    const id = await cli.ok("run", "-d", "--name", name, engine.base, "sh", "-c", "sleep 1; exit 3");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect((await cli.inspect(name)).State).toMatchObject({ Status: "running", Running: true, ExitCode: 0 });
    const state = await eventually("it ended by itself", async () => {
      const { State } = await cli.inspect(name);
      return State.Running ? undefined : State;
    });
    expect(state).toMatchObject({ Status: "exited", Running: false, ExitCode: 3, Pid: 0 });
    expect(Date.parse(state.FinishedAt)).toBeGreaterThan(Date.parse(state.StartedAt));
  });

  test("when the first process ends, every other one of the container ends with it", async () => {
    const name = cli.unique("orphans");
    const script = "sleep 987654 & sleep 987654 & sleep 0.3; exit 0";
    const id = await cli.ok("run", "-d", "--name", name, engine.base, "sh", "-c", script);
    await eventually("it ended", async () => !(await cli.inspect(name)).State.Running);
    await eventually("its control groups are gone", () => engine.cgroupsOf(id).length === 0);
  });

  test("--rm leaves nothing", async () => {
    const name = cli.unique("gone");
    await cli.ok("run", "--rm", "--name", name, engine.base, "true");
    expect((await cli.run(["container", "inspect", name])).code).toBe(1);
  });
});
