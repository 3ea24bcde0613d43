import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isRunning } from "./process-status.ts";
import { cannotRun, cgroupDirectories, processOf, readAll, TestHost, until } from "./test-host.ts";

describe.skipIf(cannotRun !== undefined)("containers under a monitor", () => {
  let host: TestHost;
  let before: number;
  beforeAll(() => {
    host = new TestHost();
    before = readdirSync("/proc/self/fd").length;
  });
  afterAll(() => host.close());

  test("the exit code, the log and the attached output agree", async () => {
    const container = await host.create(["sh", "-c", "echo out; echo err >&2; exit 42"]);
    const attachment = await host.runtime.attach(container.id, container.bundle, {
      tty: false,
      stdin: false,
    });
    expect(existsSync(`/proc/${container.pid}`)).toBe(true);
    await host.runtime.start(container.id, container.bundle);
    expect(await readAll(attachment)).toEqual({ stdout: "out\n", stderr: "err\n" });
    const exit = await container.exit;
    expect(exit).toMatchObject({ id: container.id, exitCode: 42, oomKilled: false });
    expect(Math.abs(Number(exit.at) / 1e6 - Date.now())).toBeLessThan(60_000);
    const lines = readFileSync(container.log, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" ").slice(1).join(" "));
    expect(lines.sort()).toEqual(["stderr F err", "stdout F out"]);
    expect(readFileSync(container.log, "utf8")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z) /);
  });

  test("a process that ends at once loses no output", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const container = await host.create(["echo", `turn ${turn}`]);
      const attachment = await host.runtime.attach(container.id, container.bundle, {
        tty: false,
        stdin: false,
      });
      await host.runtime.start(container.id, container.bundle);
      expect((await readAll(attachment)).stdout).toBe(`turn ${turn}\n`);
      expect((await container.exit).exitCode).toBe(0);
      expect(readFileSync(container.log, "utf8")).toContain(`turn ${turn}`);
    }
  });

  test("a slow reader holds the writer back and gets everything", async () => {
    const container = await host.create(["sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x; exit 7"]);
    const attachment = await host.runtime.attach(container.id, container.bundle, {
      tty: false,
      stdin: false,
    });
    await host.runtime.start(container.id, container.bundle);
    await Bun.sleep(400);
    expect(isRunning(container.pid)).toBe(true);
    let bytes = 0;
    for await (const { data } of attachment.output) bytes += data.byteLength;
    expect(bytes).toBe(5_000_000);
    expect((await container.exit).exitCode).toBe(7);
  });

  test("a reader that stalls does not keep the end of the container from being known", async () => {
    const container = await host.create(["yes"]);
    const attachment = await host.runtime.attach(container.id, container.bundle, {
      tty: false,
      stdin: false,
    });
    await host.runtime.start(container.id, container.bundle);
    await Bun.sleep(300);
    host.runtime.kill(container.id, container.pid, 9);
    expect((await container.exit).exitCode).toBe(137);
    attachment.close();
  });

  test("input goes in, and its end reaches the process", async () => {
    const container = await host.create(["cat"], { stdin: true, stdinOnce: true });
    const attachment = await host.runtime.attach(container.id, container.bundle, { tty: false, stdin: true });
    await host.runtime.start(container.id, container.bundle);
    const sent = "line of input\n".repeat(50_000);
    const output = readAll(attachment);
    await attachment.write(Buffer.from(sent));
    attachment.closeInput();
    const { stdout } = await output;
    expect(stdout.length).toBe(sent.length);
    expect(stdout).toBe(sent);
    expect((await container.exit).exitCode).toBe(0);
    await attachment.write(Buffer.from("too late"));
  });

  test("input that is kept open survives the attacher", async () => {
    const container = await host.run(["sh", "-c", "read a; read b; echo $a $b"], { stdin: true });
    const first = await host.runtime.attach(container.id, container.bundle, { tty: false, stdin: true });
    await first.write(Buffer.from("one\n"));
    first.closeInput();
    first.close();
    await Bun.sleep(50);
    const second = await host.runtime.attach(container.id, container.bundle, { tty: false, stdin: true });
    await second.write(Buffer.from("two\n"));
    expect((await readAll(second)).stdout).toBe("one two\n");
    await container.exit;
  });

  test("one who only looks on does not end the input by leaving", async () => {
    const container = await host.run(["sh", "-c", "read a; echo got $a"], { stdin: true, stdinOnce: true });
    const watcher = await host.runtime.attach(container.id, container.bundle, { tty: false, stdin: false });
    watcher.close();
    await Bun.sleep(50);
    const writer = await host.runtime.attach(container.id, container.bundle, { tty: false, stdin: true });
    await writer.write(Buffer.from("word\n"));
    expect((await readAll(writer)).stdout).toBe("got word\n");
    await container.exit;
  });

  test("without input the process reads the end of file", async () => {
    const container = await host.run(["sh", "-c", "wc -c; readlink /proc/self/fd/0"]);
    await container.exit;
    expect(readFileSync(container.log, "utf8")).toMatch(/stdout F 0\n.*\/dev\/null/);
  });

  test("a terminal echoes, can be resized and keeps CR LF in the log", async () => {
    const container = await host.create(["sh", "-c", "read x; stty size; test -t 0 && echo tty"], {
      tty: true,
      stdin: true,
    });
    const attachment = await host.runtime.attach(container.id, container.bundle, { tty: true, stdin: true });
    await host.runtime.start(container.id, container.bundle);
    await host.runtime.resize(container.id, container.bundle, 31, 97);
    await Bun.sleep(100);
    await attachment.write(Buffer.from("go\n"));
    const { stdout } = await readAll(attachment);
    expect(stdout).toContain("go\r\n");
    expect(stdout).toContain("31 97\r\ntty\r\n");
    await container.exit;
    expect(readFileSync(container.log, "utf8")).toContain("stdout F 31 97\r\n");
  });

  test("a process that ignores SIGTERM ends by SIGKILL", async () => {
    const container = await host.create(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]);
    const attachment = await host.runtime.attach(container.id, container.bundle, {
      tty: false,
      stdin: false,
    });
    await host.runtime.start(container.id, container.bundle);
    for await (const _frame of attachment.output) break;
    host.runtime.kill(container.id, container.pid, 15);
    await Bun.sleep(100);
    expect(isRunning(container.pid)).toBe(true);
    host.runtime.kill(container.id, container.pid, 9);
    expect((await container.exit).exitCode).toBe(137);
    host.runtime.kill(container.id, container.pid, 9);
  });

  test("killAll ends every process, also of a paused container", async () => {
    const container = await host.run(["sh", "-c", "sleep 100 & sleep 100 & wait"]);
    await until("three processes", () => existsSync(`/proc/${container.pid}`));
    await Bun.sleep(50);
    const pids = await host.runtime.pids(container.id, container.bundle);
    expect(pids).toContain(container.pid);
    expect(pids.length).toBe(3);
    await host.runtime.pause(container.id);
    await host.runtime.killAll(container.id, container.bundle);
    expect((await container.exit).exitCode).toBe(137);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test("pause stops the clock of the container, resume lets it go on", async () => {
    const container = await host.create(["sh", "-c", "while :; do echo tick; sleep 0.02; done"]);
    const attachment = await host.runtime.attach(container.id, container.bundle, {
      tty: false,
      stdin: false,
    });
    let ticks = 0;
    const reading = (async () => {
      for await (const _frame of attachment.output) ticks++;
    })();
    await host.runtime.start(container.id, container.bundle);
    await until("ticks", () => ticks > 2);
    await host.runtime.pause(container.id);
    await Bun.sleep(50);
    const frozen = ticks;
    await Bun.sleep(150);
    expect(ticks).toBe(frozen);
    await host.runtime.resume(container.id);
    await until("more ticks", () => ticks > frozen + 2);
    host.runtime.kill(container.id, container.pid, 9);
    await reading;
    await container.exit;
  });

  test("delete removes state and cgroup, and twice is fine", async () => {
    const container = await host.run(["true"]);
    await container.exit;
    await host.runtime.delete(container.id);
    await host.runtime.delete(container.id);
    expect(cgroupDirectories(join(host.cgroup, container.id))).toEqual([]);
    expect(await host.runtime.pids(container.id, container.bundle)).toEqual([]);
  });

  test("delete ends what was created and never started", async () => {
    const container = await host.create(["true"]);
    const begun = performance.now();
    await host.runtime.delete(container.id);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(isRunning(container.pid)).toBe(false);
    expect(cgroupDirectories(join(host.cgroup, container.id))).toEqual([]);
  });

  test("delete refuses what runs", async () => {
    const container = await host.run(["sleep", "1000"]);
    const deleting = host.runtime.delete(container.id);
    await Bun.sleep(100);
    expect(isRunning(container.pid)).toBe(true);
    host.runtime.kill(container.id, container.pid, 9);
    await deleting;
    expect(cgroupDirectories(join(host.cgroup, container.id))).toEqual([]);
  });

  test("the same bundle runs a second time, and the log goes on", async () => {
    const container = await host.run(["echo", "again"]);
    await container.exit;
    await host.runtime.delete(container.id);
    const { id, bundle, log } = container;
    const second = await host.runtime.create({
      id,
      bundle,
      tty: false,
      stdin: false,
      stdinOnce: false,
      logPath: log,
    });
    const exit = host.exit({ ...container, ...second });
    await host.runtime.start(id, bundle);
    expect((await exit).exitCode).toBe(0);
    expect(readFileSync(log, "utf8").match(/again/g)?.length).toBe(2);
  });

  test("a command that is not there is refused in Docker's words, and nothing stays", async () => {
    const cases: [string[], RegExp][] = [
      [
        ["nosuch"],
        /unable to start container process: .*exec: "nosuch": executable file not found in \$PATH$/,
      ],
      [["/nope"], /exec: "\/nope": stat \/nope: no such file or directory$/],
      [["/proc"], /exec: "\/proc": (is a directory: )?permission denied$/],
    ];
    for (const [args, words] of cases) {
      const { id, bundle, log } = host.bundle(processOf(args));
      const creating = host.runtime.create({
        id,
        bundle,
        tty: false,
        stdin: false,
        stdinOnce: false,
        logPath: log,
      });
      const error = await creating.then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error.kind).toBe("invalid");
      expect(error.message).toMatch(words);
      expect(error.message).toStartWith(
        "failed to create task for container: failed to create shim task: OCI runtime create failed: ",
      );
      expect(readdirSync(bundle)).toEqual(["config.json"]);
      expect(cgroupDirectories(join(host.cgroup, id))).toEqual([]);
      expect(existsSync(join(host.directory, "exits", id))).toBe(false);
    }
  });

  test("many at once", async () => {
    const containers = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => host.run(["sh", "-c", `exit ${n}`])),
    );
    const exits = await Promise.all(containers.map((container) => container.exit));
    expect(exits.map(({ exitCode }) => exitCode)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("directories with long names work", async () => {
    const deep = new TestHost(mkdtempSync(`/tmp/berth-${"long-name-".repeat(12)}`));
    try {
      const container = await deep.create(["sh", "-c", "read x; echo got $x; stty size"], {
        tty: true,
        stdin: true,
      });
      expect(container.bundle.length).toBeGreaterThan(200);
      const attachment = await deep.runtime.attach(container.id, container.bundle, {
        tty: true,
        stdin: true,
      });
      await deep.runtime.start(container.id, container.bundle);
      await deep.runtime.resize(container.id, container.bundle, 22, 55);
      const session = await deep.exec(container, ["echo", "exec"]);
      expect((await readAll(session.attachment)).stdout).toBe("exec\n");
      await attachment.write(Buffer.from("it\n"));
      expect((await readAll(attachment)).stdout).toContain("got it\r\n22 55\r\n");
      await container.exit;
    } finally {
      await deep.close();
      rmSync(dirname(deep.directory), { recursive: true });
    }
  });

  test("the runtime does the start where hooks follow it", async () => {
    const { id, bundle, log } = host.bundle(processOf(["sleep", "0.2"]), (spec) => {
      const path = join(host.rootfs, "bin", "busybox");
      // It reads what it is told: crun dies of SIGPIPE when a hook does not.
      const script = `cat > ${join(host.directory, "hooked")}`;
      spec.hooks = { poststart: [{ path, args: ["sh", "-c", script] }] };
    });
    const pids = await host.runtime.create({
      id,
      bundle,
      tty: false,
      stdin: false,
      stdinOnce: false,
      logPath: log,
    });
    const exit = host.exit({ id, bundle, log, ...pids });
    await host.runtime.start(id, bundle);
    expect(existsSync(join(host.directory, "hooked"))).toBe(true);
    expect((await exit).exitCode).toBe(0);
  });

  test("starting what has died is an error, not a wait", async () => {
    const container = await host.create(["true"]);
    host.runtime.kill(container.id, container.pid, 9);
    await container.exit;
    await expect(host.runtime.start(container.id, container.bundle)).rejects.toThrow(/ended|stopped|not/);
  });

  test("no descriptor and no child of this process remains", async () => {
    const descriptors = () => readdirSync("/proc/self/fd").length;
    await until("descriptors closed", () => descriptors() <= before);
    expect(readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim()).toBe("");
  });
});
