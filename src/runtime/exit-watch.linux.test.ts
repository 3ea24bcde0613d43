import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "./process-status.ts";
import { cannotRun, hasController, processOf, TestHost, until } from "./test-host.ts";

describe.skipIf(cannotRun !== undefined)("exits and a daemon that comes and goes", () => {
  let host: TestHost;
  beforeAll(() => {
    host = new TestHost();
  });
  afterAll(() => host.close());

  test("an exit while nobody looked is reported to the next daemon, with its time", async () => {
    const container = await host.run(["sh", "-c", "exit 6"]);
    host.reopen();
    await until("end", () => !isRunning(container.pid));
    await Bun.sleep(100);
    const before = Date.now();
    const exit = await host.exit(container);
    expect(exit.exitCode).toBe(6);
    expect(Number(exit.at) / 1e6).toBeLessThan(before);
  });

  test("a running container is found again: streams, exec, signals, exit", async () => {
    const container = await host.run(["sh", "-c", "read x; echo got $x; sleep 1000"], { stdin: true });
    const runtime = host.reopen();
    const attachment = await runtime.attach(container.id, container.bundle, { tty: false, stdin: true });
    await attachment.write(Buffer.from("hello\n"));
    for await (const { data } of attachment.output) {
      expect(Buffer.from(data).toString()).toBe("got hello\n");
      break;
    }
    const session = await host.exec(container, ["true"]);
    expect(await session.exited).toEqual({ exitCode: 0 });
    expect(await runtime.pids(container.id, container.bundle)).toContain(container.pid);
    const exit = host.exit(container);
    runtime.kill(container.id, container.pid, 15);
    runtime.kill(container.id, container.pid, 9);
    expect((await exit).exitCode).toBe(137);
  });

  test("a daemon killed in the middle takes nothing with it", async () => {
    const { id, bundle, log } = host.bundle(processOf(["sh", "-c", "sleep 0.5; echo still here; exit 8"]));
    const script = `
      import { openRuntime } from ${JSON.stringify(join(import.meta.dir, "index.ts"))};
      const { execRoot, id, bundle, logPath } = JSON.parse(process.argv[1]);
      const runtime = openRuntime({ execRoot, log: () => {} });
      const pids = await runtime.create({ id, bundle, tty: false, stdin: true, stdinOnce: false, logPath });
      await runtime.attach(id, bundle, { tty: false, stdin: true });
      await runtime.start(id, bundle);
      console.log(JSON.stringify(pids));
      setInterval(() => {}, 1000);`;
    const what = JSON.stringify({ execRoot: host.directory, id, bundle, logPath: log });
    const daemon = Bun.spawn([process.execPath, "-e", script, what], { stdout: "pipe", stderr: "inherit" });
    const reader = daemon.stdout.getReader();
    const pids = JSON.parse(Buffer.from((await reader.read()).value ?? []).toString());
    daemon.kill("SIGKILL");
    await daemon.exited;
    expect((await host.exit({ id, bundle, log, ...pids })).exitCode).toBe(8);
    expect(readFileSync(log, "utf8")).toContain("stdout F still here\n");
  });

  test("the monitor dies with its container left: what is left is killed and reported", async () => {
    const container = await host.run(["sleep", "1000"]);
    process.kill(container.monitorPid, "SIGKILL");
    expect((await container.exit).exitCode).toBe(137);
    expect(isRunning(container.pid)).toBe(false);
    expect(host.messages.join()).toContain(container.id);
  });

  test("nothing is left of it, as after a reboot", async () => {
    const made = host.bundle({ user: { uid: 0, gid: 0 }, args: ["true"], cwd: "/" });
    expect((await host.exit({ ...made, monitorPid: 1 })).exitCode).toBe(255);
  });

  test("a signal does not reach a process that has got the number of a dead one", async () => {
    const container = await host.run(["sleep", "1000"]);
    const stranger = Bun.spawn(["sleep", "1000"]);
    host.runtime.kill(container.id, stranger.pid, 9);
    await Bun.sleep(50);
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    host.runtime.kill(container.id, container.pid, 9);
    expect((await container.exit).exitCode).toBe(137);
  });

  test("a cancelled watch stays silent", async () => {
    const { id, bundle, monitorPid, pid } = await host.create(["true"]);
    let called = 0;
    const watch = host.runtime.watchExit(id, bundle, monitorPid, () => called++);
    watch.cancel();
    await host.runtime.start(id, bundle);
    await until("end", () => !isRunning(pid));
    await Bun.sleep(100);
    expect(called).toBe(0);
  });

  test.skipIf(!hasController("memory"))("death for want of memory is told", async () => {
    const script = "a=x; while :; do a=$a$a$a$a; done";
    const made = host.bundle(
      { user: { uid: 0, gid: 0 }, args: ["sh", "-c", script], cwd: "/", env: ["PATH=/bin"] },
      (spec) => {
        spec.linux.resources = { memory: { limit: 16 << 20 } };
      },
    );
    const { id, bundle, log } = made;
    const pids = await host.runtime.create({
      id,
      bundle,
      tty: false,
      stdin: false,
      stdinOnce: false,
      logPath: log,
    });
    const exit = host.exit({ ...made, ...pids });
    await host.runtime.start(id, bundle);
    expect(await exit).toMatchObject({ exitCode: 137, oomKilled: true });
  });

  test("the monitor has a session of its own and none of our descriptors", async () => {
    const container = await host.run(["sleep", "1000"]);
    const stat = readFileSync(`/proc/${container.monitorPid}/stat`, "latin1");
    const [, parent, , session] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    expect(parent).not.toBe(process.pid);
    expect(session).toBe(container.monitorPid);
    const environment = readFileSync(`/proc/${container.monitorPid}/environ`, "latin1").split("\0");
    expect(environment.filter((entry) => entry && !/^(PATH|TZ|TMPDIR|_OCI_SYNCPIPE)=/.test(entry))).toEqual(
      [],
    );
    host.runtime.kill(container.id, container.pid, 9);
    await container.exit;
  });
});
