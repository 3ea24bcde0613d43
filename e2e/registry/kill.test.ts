/** The daemon is killed at any moment of a pull, a load and a prune: the store is whole at the next start. */
import { beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckReply } from "../../src/spec/index.ts";
import { inventory } from "../harness/data-root.ts";
import { eventually, noiseTar, putImage, TestEngine, withRegistry } from "../harness/index.ts";

const engine = new TestEngine("kill").use();
const ROUNDS = { pull: 20, load: 15, prune: 15 };
const FIVE_MINUTES = 300_000;

if (engine.isOracle) test.skip("Berth's own daemon: not for the oracle", () => {});
else
  withRegistry((registry) =>
    describe("the daemon, killed", () => {
      const cli = engine.cli("berth");
      const path = cli.image("victim").slice(0, -":1".length);
      const name = () => registry.name(`${path}:1`);
      const isThere = async () => (await cli.run(["image", "inspect", name()])).code === 0;
      let files: string[];
      let id: string;

      beforeAll(async () => {
        files = await quiet();
        const layers = await Promise.all(
          [6, 3, 1].map((size) => noiseTar(size * 1_000_000, `noise-${size}`)),
        );
        id = (await putImage(registry, path, { layers, tag: "1" })).id;
      }, 60_000);

      /** What is kept of images. */
      const kept = () =>
        inventory(engine.record).filter((line) => /^\/data\/(content|layers|snapshots)\//.test(line));

      /** The same, once slow clean-up is done. */
      async function quiet(): Promise<string[]> {
        for (let last = kept(); ; ) {
          await Bun.sleep(250);
          const now = kept();
          if (now.join("\n") === last.join("\n")) return now;
          last = now;
        }
      }

      /** How long `args` takes when nobody disturbs it, in milliseconds. */
      async function duration(...args: string[]): Promise<number> {
        const started = performance.now();
        await cli.ok(...args);
        return performance.now() - started;
      }

      /** Starts a command, kills the daemon some time later, starts it again and has it check its store. */
      async function killDuring(args: string[], delay: number): Promise<{ code: number }> {
        const running = cli.run(args);
        await Bun.sleep(delay);
        await engine.crash();
        const { code } = await running;
        await engine.start();
        const { Findings } = await engine.api.json<CheckReply>("POST", "/system/check");
        expect({ delay, Findings }).toEqual({ delay, Findings: [] });
        return { code };
      }

      /** Delays spread over the whole time something takes and a little more, each somewhere in its own part. */
      const moments = (rounds: number, whole: number) =>
        Array.from({ length: rounds }, (_, round) => ((round + Math.random()) / rounds) * whole * 1.2);

      /** All works, and when the image is gone nothing of it is left. */
      async function isWell(): Promise<void> {
        await cli.ok("pull", "-q", name());
        expect((await cli.inspectImage(name())).Id).toBe(id);
        expect(await cli.ok("run", "--rm", name(), "sh", "-c", "cat /noise-* | wc -c")).toBe("10000000");
        await cli.ok("rmi", name());
        await eventually(
          "the files are as before",
          async () => (await quiet()).join("\n") === files.join("\n"),
        ).catch(async () => expect(await quiet()).toEqual(files));
      }

      test(
        "during a pull: the image is whole or not there",
        async () => {
          const whole = await duration("pull", "-q", name());
          for (const delay of moments(ROUNDS.pull, whole)) {
            await cli.run(["rmi", name()]);
            const { code } = await killDuring(["pull", "-q", name()], delay);
            // What was promised to the client holds.
            if (code === 0) expect(await isThere()).toBe(true);
            if (await isThere()) {
              expect(await cli.ok("run", "--rm", name(), "sh", "-c", "cat /noise-* | wc -c")).toBe(
                "10000000",
              );
            }
          }
          await cli.run(["rmi", name()]);
          await isWell();
        },
        FIVE_MINUTES,
      );

      test(
        "during a load: the image is whole or not there",
        async () => {
          const folder = mkdtempSync(join(tmpdir(), "berth-e2e-kill-"));
          try {
            const archive = join(folder, "x.tar");
            await cli.ok("pull", "-q", name());
            await cli.ok("save", "-o", archive, name());
            await cli.ok("rmi", name());
            const whole = await duration("load", "-i", archive);
            for (const delay of moments(ROUNDS.load, whole)) {
              await cli.run(["rmi", name()]);
              const { code } = await killDuring(["load", "-i", archive], delay);
              if (code === 0) expect(await isThere()).toBe(true);
              if (await isThere()) expect((await cli.inspectImage(name())).Id).toBe(id);
            }
            await cli.run(["rmi", name()]);
          } finally {
            rmSync(folder, { recursive: true, force: true });
          }
          await isWell();
        },
        FIVE_MINUTES,
      );

      test(
        "during a prune: what a container uses is whole, the rest whole or gone",
        async () => {
          const container = cli.unique("user");
          const used = cli.image("used");
          await cli.ok("tag", engine.base, used);
          await cli.ok("create", "--name", container, used, "echo", "whole");
          const prune = ["image", "prune", "-a", "-f"];
          await cli.ok("pull", "-q", name());
          const whole = await duration(...prune);
          for (const delay of moments(ROUNDS.prune, whole)) {
            await cli.ok("pull", "-q", name());
            const { code } = await killDuring(prune, delay);
            if (code === 0) expect(await isThere()).toBe(false);
            if (await isThere()) {
              expect(await cli.ok("run", "--rm", name(), "sh", "-c", "cat /noise-* | wc -c")).toBe(
                "10000000",
              );
            }
            expect(await cli.ok("start", "-a", container)).toBe("whole");
          }
          await cli.ok("rm", container);
          await cli.run(["rmi", name()]);
          await engine.importBase();
          await cli.run(["rmi", used]);
          files = await quiet();
          await isWell();
        },
        FIVE_MINUTES,
      );
    }),
  );
