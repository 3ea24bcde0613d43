/** C2: an interactive terminal in a container: size, colours, Ctrl-C, detach. */
import { expect, test } from "bun:test";
import { bothClis, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c2").use();
const DETACH = "\u0010\u0011";
const CTRL_C = "\u0003";

bothClis(engine, (cli) => {
  test("run -it --entrypoint /bin/sh: a shell with the terminal's size, colours and exit status", async () => {
    const args = ["run", "--rm", "-it", "--entrypoint", "/bin/sh", engine.base];
    const terminal = cli.terminal(args, { cols: 97, rows: 31 });
    terminal.type("stty size\n");
    await terminal.sees("31 97");
    terminal.type("tty; printf '\\033[31mred\\033[0m'; echo; echo TERM=$TERM\n");
    await terminal.sees("/dev/pts/0");
    await terminal.sees("\u001b[31mred\u001b[0m");
    await terminal.sees("TERM=xterm");
    terminal.type("exit 5\n");
    expect(await terminal.exited()).toBe(5);
  });

  test("a change of the terminal's size arrives, and the program is told", async () => {
    // Not at a prompt: there the shell's own line editor takes the signal.
    const script = "trap 'echo resized to $(stty size)' WINCH; stty size; while :; do sleep 0.1; done";
    const terminal = cli.terminal(["run", "--rm", "-it", engine.base, "sh", "-c", script], {
      cols: 80,
      rows: 24,
    });
    await terminal.sees("24 80");
    terminal.resize(120, 40);
    await terminal.sees("resized to 40 120");
    terminal.resize(81, 25);
    await terminal.sees("resized to 25 81");
    terminal.type(CTRL_C);
    expect(await terminal.exited()).toBe(130);
  });

  test("Ctrl-C interrupts the program in the foreground, not the shell", async () => {
    const terminal = cli.terminal(["run", "--rm", "-it", engine.base, "sh"]);
    terminal.type("sleep 1000\n");
    await terminal.sees("sleep 1000");
    await Bun.sleep(300);
    terminal.type(CTRL_C);
    terminal.type("echo still $((1 + 1))\n");
    await terminal.sees("still 2");
    terminal.type("exit\n");
    await terminal.exited();
  });

  test("the detach keys leave the container running, and attach comes back to it", async () => {
    const name = cli.unique("detached");
    const terminal = cli.terminal(["run", "-it", "--name", name, engine.base, "sh"]);
    terminal.type("answer=42\n");
    await terminal.sees("answer=42");
    await Bun.sleep(200);
    terminal.type(DETACH);
    expect(await terminal.exited()).toBe(0);
    expect((await cli.inspect(name)).State.Running).toBe(true);

    const again = cli.terminal(["attach", name]);
    again.type("\necho the answer is $answer\n");
    await again.sees("the answer is 42");
    again.type("exit 9\n");
    expect(await again.exited()).toBe(9);
    expect((await cli.inspect(name)).State).toMatchObject({ Running: false, ExitCode: 9 });
  });

  test("--detach-keys chooses others", async () => {
    const name = cli.unique("keys");
    const terminal = cli.terminal([
      "run",
      "-it",
      "--detach-keys",
      "ctrl-a,d",
      "--name",
      name,
      engine.base,
      "sh",
    ]);
    terminal.type("echo is $((2 * 3))\n");
    await terminal.sees("is 6");
    terminal.type("\u0001d");
    expect(await terminal.exited()).toBe(0);
    expect((await cli.inspect(name)).State.Running).toBe(true);
    await cli.ok("rm", "-f", name);
  });

  test("exec -it: a second terminal in a running container", async () => {
    const name = cli.unique("exec");
    await cli.ok("run", "-d", "--name", name, engine.base, "sleep", "1000");
    const terminal = cli.terminal(["exec", "-it", name, "sh"], { cols: 101, rows: 33 });
    terminal.type("stty size; tty\n");
    await terminal.sees("33 101");
    await terminal.sees("/dev/pts/");
    terminal.resize(66, 22);
    terminal.type("sleep 0.3; stty size\n");
    await terminal.sees("22 66");
    terminal.type("sleep 1000\n");
    await terminal.sees("sleep 1000");
    await Bun.sleep(300);
    terminal.type(CTRL_C);
    terminal.type("echo back; exit 6\n");
    await terminal.sees("back");
    expect(await terminal.exited()).toBe(6);
    expect((await cli.inspect(name)).State.Running).toBe(true);
    await cli.ok("rm", "-f", name);
  });

  test("run -t without a terminal is refused in words", async () => {
    const { code, stderr } = await cli.run(["run", "--rm", "-it", engine.base, "true"], { stdin: "" });
    expect(code).toBe(1);
    expect(stderr).toContain("the input device is not a TTY");
  });
});
