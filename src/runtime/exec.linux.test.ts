import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "./process-status.ts";
import { cannotRun, type Made, readAll, TestHost, until } from "./test-host.ts";

describe.skipIf(cannotRun !== undefined)("commands in a running container", () => {
  let host: TestHost;
  let container: Made & { pid: number };
  beforeAll(async () => {
    host = new TestHost();
    container = await host.run(["sleep", "1000"]);
  });
  afterAll(() => host.close());

  test("exit code and both outputs arrive", async () => {
    const session = await host.exec(container, ["sh", "-c", "echo out; echo err >&2; exit 9"]);
    expect(await readAll(session.attachment)).toEqual({ stdout: "out\n", stderr: "err\n" });
    expect(await session.exited).toEqual({ exitCode: 9 });
  });

  test("the streams are pipes that can be opened again by name", async () => {
    const script =
      "echo again > /proc/self/fd/1; cat /proc/self/fd/0; for n in 0 1 2; do readlink /proc/self/fd/$n; done";
    const session = await host.exec(container, ["sh", "-c", script], { stdin: true });
    await session.attachment.write(Buffer.from("input\n"));
    session.attachment.closeInput();
    const { stdout } = await readAll(session.attachment);
    expect(stdout).toMatch(/^again\ninput\npipe:\[\d+\]\npipe:\[\d+\]\npipe:\[\d+\]\n$/);
    expect((await session.exited).exitCode).toBe(0);
  });

  test("the pid is the command's on the host", async () => {
    const session = await host.exec(container, ["sleep", "100"]);
    await until("pid", () => session.pid > 0);
    // The runtime tells the pid just before the process becomes the command.
    await until("command", () => readFileSync(`/proc/${session.pid}/cmdline`, "latin1").startsWith("sleep"));
    process.kill(session.pid, "SIGKILL");
    expect(await session.exited).toEqual({ exitCode: 137 });
  });

  test("a megabyte of input goes through, and its end", async () => {
    const session = await host.exec(container, ["cat"], { stdin: true });
    const sent = Buffer.alloc(1 << 20, "0123456789\n");
    const output = readAll(session.attachment);
    await session.attachment.write(sent);
    session.attachment.closeInput();
    expect((await output).stdout).toBe(sent.toString());
    expect(await session.exited).toEqual({ exitCode: 0 });
  });

  test("writing to a command that does not read ends with it", async () => {
    const session = await host.exec(container, ["sleep", "0.2"], { stdin: true });
    await session.attachment.write(Buffer.alloc(1 << 20));
    await session.exited;
    await session.attachment.write(Buffer.alloc(10));
  });

  test("a slow reader holds the command back and gets everything", async () => {
    const session = await host.exec(container, ["sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x"]);
    await until("pid", () => session.pid > 0);
    await Bun.sleep(300);
    expect(isRunning(session.pid)).toBe(true);
    const { stdout } = await readAll(session.attachment);
    expect(stdout.length).toBe(5_000_000);
    expect((await session.exited).exitCode).toBe(0);
  });

  test("a child that keeps the pipes does not keep the caller longer than two seconds", async () => {
    const session = await host.exec(container, ["sh", "-c", "sleep 30 & echo started; exit 3"]);
    const begun = performance.now();
    const { stdout } = await readAll(session.attachment);
    expect(stdout).toBe("started\n");
    expect((await session.exited).exitCode).toBe(3);
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  test("a terminal has the size it was given, takes another, and passes control characters", async () => {
    // Some runtimes set the size only after the command's first instruction.
    const script =
      "sleep 0.2; stty size; trap 'stty size; exit 5' INT; echo ready; while :; do sleep 0.05; done";
    const session = await host.exec(container, ["sh", "-c", script], {
      tty: true,
      stdin: true,
      consoleSize: { height: 33, width: 121 },
    });
    let seen = "";
    const reading = (async () => {
      for await (const { stream, data } of session.attachment.output) {
        expect(stream).toBe("stdout");
        seen += Buffer.from(data).toString();
      }
    })();
    await until("ready", () => seen.includes("ready"));
    expect(seen).toStartWith("33 121\r\n");
    session.resize(20, 60);
    await Bun.sleep(50);
    await session.attachment.write(Buffer.from("\x03"));
    await reading;
    expect(seen).toContain("20 60\r\n");
    expect(await session.exited).toEqual({ exitCode: 5 });
  });

  test("a terminal's slow reader holds the command back and gets everything", async () => {
    const session = await host.exec(container, ["sh", "-c", "yes 0123456789 | head -c 3000000"], {
      tty: true,
    });
    await until("pid", () => session.pid > 0);
    await Bun.sleep(500);
    expect(isRunning(session.pid)).toBe(true);
    const { stdout } = await readAll(session.attachment);
    expect(stdout.replaceAll("\r", "").length).toBe(3_000_000);
    expect((await session.exited).exitCode).toBe(0);
  });

  test("what cannot be started is told in Docker's words, and nowhere else", async () => {
    const cases: [string[], number, RegExp][] = [
      [["nosuch"], 127, /exec: "nosuch": executable file not found in \$PATH$/],
      [["/nope"], 127, /exec: "\/nope": stat \/nope: no such file or directory$/],
      [["/proc"], 126, /exec: "\/proc": (is a directory: )?permission denied$/],
    ];
    for (const tty of [false, true]) {
      for (const [args, exitCode, words] of cases) {
        const session = await host.exec(container, args, { tty });
        expect(await readAll(session.attachment)).toEqual({ stdout: "", stderr: "" });
        const { error, ...rest } = await session.exited;
        expect(rest).toEqual({ exitCode });
        expect(error).toStartWith(
          "OCI runtime exec failed: exec failed: unable to start container process: ",
        );
        expect(error).toMatch(words);
      }
    }
  });

  test("detached: resolves when it runs, refuses what cannot run", async () => {
    const session = await host.exec(
      container,
      ["sh", "-c", "yes & sleep 0.1; kill %1; mkdir /tmp/was-here"],
      { detach: true },
    );
    expect(session.pid).toBeGreaterThan(0);
    expect(await readAll(session.attachment)).toEqual({ stdout: "", stderr: "" });
    expect((await session.exited).exitCode).toBe(0);
    expect(existsSync(join(host.rootfs, "tmp", "was-here"))).toBe(true);
    await expect(host.exec(container, ["nosuch"], { detach: true })).rejects.toThrow(
      "executable file not found in $PATH",
    );
  });

  test("closing the attachment lets the command go on", async () => {
    const session = await host.exec(container, ["sh", "-c", "echo one; sleep 0.2; echo two; exit 4"]);
    session.attachment.close();
    expect(await readAll(session.attachment)).toEqual({ stdout: "", stderr: "" });
    expect((await session.exited).exitCode).toBe(4);
  });

  test("no file, descriptor or process remains", async () => {
    // The monitor of the running container holds one pipe; it tells of its end.
    await until("descriptors", () => new Set(pipesAndTerminals()).size === 1);
    expect(readdirSync(container.bundle).filter((name) => name.startsWith("exec-"))).toEqual([]);
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
    expect(children.trim()).toBe("");
  });
});

function pipesAndTerminals(): string[] {
  return readdirSync("/proc/self/fd")
    .filter((fd) => Number(fd) > 2)
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    })
    .filter((target) => /ptmx|pts|pipe:/.test(target) && !inherited.has(target));
}

const inherited = new Set(
  readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  }),
);
