/** C4: every line of a container's output, in order, while it runs and after. */
import { expect, test } from "bun:test";
import { bothClis, eventually, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c4").use();
const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /;

bothClis(engine, (cli) => {
  test("all lines in order, standard output and error apart, also after the end", async () => {
    const name = cli.unique("many");
    const script =
      "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo line $i; done; sleep 0.3; echo problem >&2";
    await cli.run(["run", "-d", "--name", name, engine.base, "sh", "-c", script]);
    await cli.run(["wait", name]);
    const { stdout, stderr } = await cli.run(["logs", name]);
    expect(stdout).toBe(Array.from({ length: 3000 }, (_, index) => `line ${index + 1}\n`).join(""));
    expect(stderr).toBe("problem\n");
  });

  test("--tail takes the last lines", async () => {
    const name = cli.unique("many");
    expect((await cli.run(["logs", "--tail", "3", name])).stdout).toBe("line 2999\nline 3000\n");
    expect((await cli.run(["logs", "-n", "1", name])).stderr).toBe("problem\n");
    expect((await cli.run(["logs", "--tail", "0", name])).stdout).toBe("");
    expect((await cli.run(["logs", "--tail", "all", name])).stdout.split("\n").length).toBe(3001);
  });

  test("a last line without a line end, empty lines and long lines come back as written", async () => {
    const name = cli.unique("shapes");
    const script = "echo; head -c 40000 /dev/zero | tr '\\0' x; echo; printf 'no line end'";
    await cli.ok("run", "--name", name, engine.base, "sh", "-c", script);
    expect((await cli.run(["logs", name])).stdout).toBe(`\n${"x".repeat(40_000)}\nno line end`);
  });

  test("logs -f shows what was, what comes, and ends with the container", async () => {
    const name = cli.unique("follow");
    const script = "echo first; sleep 0.6; echo second >&2; sleep 0.6; echo third";
    await cli.ok("run", "-d", "--name", name, engine.base, "sh", "-c", script);
    const following = cli.spawn(["logs", "-f", name]);
    const reader = following.stdout.getReader();
    const decoder = new TextDecoder();
    expect(decoder.decode((await reader.read()).value)).toBe("first\n");
    expect((await cli.inspect(name)).State.Running).toBe(true);
    expect(decoder.decode((await reader.read()).value)).toBe("third\n");
    expect(await following.exited).toBe(0);
    expect(await new Response(following.stderr).text()).toBe("second\n");
  });

  test("logs of a running container are there at once", async () => {
    const name = cli.unique("running");
    await cli.ok("run", "-d", "--name", name, engine.base, "sh", "-c", "echo up; sleep 1000");
    await eventually("the line is there", async () => (await cli.ok("logs", name)) === "up");
    await cli.ok("rm", "-f", name);
  });

  test("-t puts a time in front, --since and --until cut by it", async () => {
    const name = cli.unique("times");
    await cli.ok(
      "run",
      "--name",
      name,
      engine.base,
      "sh",
      "-c",
      "echo one; sleep 1.1; echo two; sleep 1.1; echo three",
    );
    const lines = (await cli.ok("logs", "-t", name)).split("\n");
    expect(lines.map((line) => line.replace(STAMP, "<time> "))).toEqual([
      "<time> one",
      "<time> two",
      "<time> three",
    ]);
    const times = lines.map((line) => line.split(" ")[0] ?? "");
    expect([...times].sort()).toEqual(times);
    expect(Math.abs(Date.parse(times[2] ?? "") - Date.now())).toBeLessThan(20_000);
    expect(await cli.ok("logs", "--since", times[1] ?? "", name)).toBe("two\nthree");
    expect(await cli.ok("logs", "--since", times[1] ?? "", "--tail", "1", name)).toBe("three");
    const before = new Date(Date.parse(times[1] ?? "") - 300).toISOString();
    expect(await cli.ok("logs", "--until", before, name)).toBe("one");
    expect(await cli.ok("logs", "--since", "1h", name)).toBe("one\ntwo\nthree");
  });

  test("with -f, --since and --tail choose where to begin", async () => {
    const name = cli.unique("tailfollow");
    const script = "echo a; echo b; echo c; sleep 0.8; echo d";
    await cli.ok("run", "-d", "--name", name, engine.base, "sh", "-c", script);
    await eventually("c is there", async () => (await cli.ok("logs", name)).endsWith("c"));
    expect((await cli.run(["logs", "-f", "--tail", "1", name])).stdout).toBe("c\nd\n");
  });

  test("output of a terminal is one stream", async () => {
    const name = cli.unique("tty");
    await cli.ok("run", "-d", "-t", "--name", name, engine.base, "sh", "-c", "echo out; echo err >&2");
    await cli.run(["wait", name]);
    const { stdout, stderr } = await cli.run(["logs", name]);
    expect({ stdout, stderr }).toEqual({ stdout: "out\r\nerr\r\n", stderr: "" });
  });

  test("the logs stay through restarts", async () => {
    const name = cli.unique("again");
    await cli.ok("run", "--name", name, engine.base, "echo", "ran");
    await cli.ok("start", "-a", name);
    expect(await cli.ok("logs", name)).toBe("ran\nran");
  });
});
