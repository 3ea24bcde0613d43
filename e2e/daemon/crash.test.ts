/** What a daemon that dies, ends or starts twice does to containers: nothing. */
import { beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { eventually, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("crash").use();

if (engine.isOracle) test.skip("Berth's own daemon: not for the oracle", () => {});
else
  describe("the daemon", () => {
    const cli = engine.cli("berth");
    const web = cli.unique("web");
    const ticker = cli.unique("ticker");
    let address = "";

    const page = () => fetch(`http://${address}/`).then((reply) => reply.text());
    const ticks = async () => (await cli.ok("logs", ticker)).split("\n").map(Number);
    const isCounting = (numbers: number[]) => numbers.every((number, index) => number === index + 1);

    beforeAll(async () => {
      const serve = "echo served > /tmp/index.html; exec httpd -f -p 80 -h /tmp";
      await cli.ok("run", "-d", "--name", web, "-p", "127.0.0.1::80", engine.base, "sh", "-c", serve);
      const count = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done";
      await cli.ok("run", "-d", "--name", ticker, engine.base, "sh", "-c", count);
      address = await cli.ok("port", web, "80");
      await eventually("the page is served", async () => (await page()) === "served\n");
    });

    test("killed: containers run on, published ports answer, and a new daemon finds everything", async () => {
      const short = cli.unique("short");
      const removed = cli.unique("removed");
      await cli.ok("run", "-d", "--name", short, engine.base, "sh", "-c", "echo last words; sleep 1; exit 7");
      await cli.ok("run", "-d", "--rm", "--name", removed, engine.base, "sleep", "1");
      const before = await cli.inspect(web);
      const written = (await ticks()).length;

      await engine.crash();
      const diedAt = Date.now();
      expect(await page()).toBe("served\n");
      expect(existsSync(`/proc/${before.State.Pid}`)).toBe(true);
      // Two containers end while no daemon is there to see it.
      await Bun.sleep(1500);
      expect(await page()).toBe("served\n");
      await engine.start();
      const backAt = Date.now();

      expect(await page()).toBe("served\n");
      const after = await cli.inspect(web);
      expect(after.State).toEqual(before.State);
      expect(after.NetworkSettings).toEqual(before.NetworkSettings);
      expect(await cli.ok("port", web, "80")).toBe(address);

      const { State } = await cli.inspect(short);
      expect(State).toMatchObject({ Status: "exited", Running: false, ExitCode: 7, Pid: 0 });
      expect(Date.parse(State.FinishedAt)).toBeGreaterThanOrEqual(diedAt - 1000);
      expect(Date.parse(State.FinishedAt)).toBeLessThan(backAt);
      expect(await cli.ok("logs", short)).toBe("last words");
      expect(await cli.ok("wait", short)).toBe("7");
      await eventually(
        "the --rm container is gone",
        async () => (await cli.run(["container", "inspect", removed])).code === 1,
      );

      const numbers = await ticks();
      expect(numbers.length).toBeGreaterThan(written + 10);
      expect(isCounting(numbers)).toBe(true);
    });

    test("after a crash everything can be done to a container that survived it", async () => {
      expect(await cli.inside(web, "cat", "/tmp/index.html")).toBe("served");
      expect(await cli.ok("top", web)).toContain("httpd");
      const attached = cli.spawn(["attach", "--no-stdin", "--sig-proxy=false", ticker]);
      const reader = attached.stdout.getReader();
      expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^\d+/);
      attached.kill();
      const following = cli.spawn(["logs", "-f", "--tail", "1", ticker]);
      const lines = following.stdout.getReader();
      expect(new TextDecoder().decode((await lines.read()).value)).toMatch(/^\d+\n/);
      expect(new TextDecoder().decode((await lines.read()).value)).toMatch(/^\d+\n/);
      following.kill();
      const taken = (await cli.inspect(web)).NetworkSettings.IPAddress;
      const fresh = cli.unique("fresh");
      await cli.ok("run", "-d", "--name", fresh, engine.base, "sleep", "1000");
      expect((await cli.inspect(fresh)).NetworkSettings.IPAddress).not.toBe(taken);
      const clash = await cli.run(["run", "--rm", "-p", `${address}:80`, engine.base, "true"]);
      expect(clash.code).toBe(125);
      expect(clash.stderr).toContain("port is already allocated");
      await cli.ok("stop", "-t", "0", fresh);
      await cli.ok("start", fresh);
      await cli.ok("rm", "-f", fresh);
    });

    test("SIGTERM: it ends with status 0 and leaves containers running", async () => {
      await engine.terminate();
      // Started by hand this time, to see its exit status.
      const daemon = Bun.spawn(engine.daemonCommand(), { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
      await eventually("it answers", () => engine.answers(), 15_000);
      const { Pid } = (await cli.inspect(ticker)).State;
      daemon.kill("SIGTERM");
      expect(await daemon.exited).toBe(0);
      expect(existsSync(engine.record.socket)).toBe(false);
      expect(existsSync(`/proc/${Pid}`)).toBe(true);
      expect(await page()).toBe("served\n");
      await engine.start();
      expect((await cli.inspect(ticker)).State.Pid).toBe(Pid);
      expect(isCounting(await ticks())).toBe(true);
    });

    test("clients that wait or follow see the daemon's end at once", async () => {
      const following = cli.spawn(["logs", "-f", ticker]);
      const waiting = cli.spawn(["wait", ticker]);
      await Bun.sleep(300);
      const started = Date.now();
      await engine.terminate();
      await Promise.all([following.exited, waiting.exited]);
      expect(Date.now() - started).toBeLessThan(5000);
      await engine.start();
    });

    test("a second daemon on the same root is refused, and the first serves on", async () => {
      const { dataRoot, execRoot, bridge } = engine.record;
      const [program = ""] = engine.daemonCommand();
      const second = Bun.spawn(
        [
          ...[
            program,
            "daemon",
            "--host",
            `unix://${engine.record.top}/second.sock`,
            "--data-root",
            dataRoot,
          ],
          ...["--exec-root", execRoot, "--bridge", bridge, "--pidfile", `${engine.record.top}/second.pid`],
        ],
        { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
      );
      const said = (await new Response(second.stderr).text()).trim();
      expect(await second.exited).toBe(1);
      expect(said.split("\n").length).toBe(1);
      expect(said).toContain(dataRoot);
      expect(await engine.answers()).toBe(true);
      expect(await page()).toBe("served\n");
    });

    test("killed at any moment of a run: whole or not there, and everything goes on", async () => {
      for (const delay of [5, 20, 35, 50, 80, 130]) {
        const name = cli.unique(`moment-${delay}`);
        const run = cli.run([
          "run",
          "-d",
          "--name",
          name,
          "-p",
          "127.0.0.1::80",
          engine.base,
          "sleep",
          "1000",
        ]);
        await Bun.sleep(delay);
        await engine.crash();
        const { code } = await run;
        await engine.start();
        const found = (await cli.run(["container", "inspect", name])).code === 0;
        // What was promised to the client holds.
        if (code === 0) expect((await cli.inspect(name)).State.Running).toBe(true);
        if (found) {
          const { Running, Status } = (await cli.inspect(name)).State;
          expect(Running ? Status : ["created", "exited"].includes(Status)).toBeTruthy();
          if (!Running) await cli.ok("start", name);
          expect(await cli.inside(name, "echo", "alive")).toBe("alive");
          await cli.ok("rm", "-f", name);
        }
        await cli.ok("run", "--rm", "--name", name, engine.base, "true");
      }
      expect(await page()).toBe("served\n");
      expect(isCounting(await ticks())).toBe(true);
    }, 120_000);
  });
