import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { cannotRun, cgroupDirectories, type Made, processOf, TestHost } from "./test-host.ts";
import type { OutputFrame } from "./types.ts";

describe.skipIf(cannotRun !== undefined)("a bundle run to its end", () => {
  let host: TestHost;
  beforeAll(() => {
    host = new TestHost();
  });
  afterAll(() => host.close());

  const collect = () => {
    const out = { stdout: "", stderr: "" };
    const onOutput = ({ stream, data }: OutputFrame) => {
      out[stream] += Buffer.from(data).toString();
    };
    return { out, onOutput };
  };
  const expectNothingLeft = ({ id, bundle }: Made) => {
    expect(readdirSync(bundle)).toEqual(["config.json"]);
    expect(cgroupDirectories(join(host.cgroup, id))).toEqual([]);
    for (const name of readdirSync(join(host.directory, "runtime"))) {
      expect(existsSync(join(host.directory, "runtime", name, id))).toBe(false);
    }
  };

  test("output and exit code", async () => {
    const made = host.bundle(processOf(["sh", "-c", "echo out; echo err >&2; exit 3"]));
    const { out, onOutput } = collect();
    expect(await host.runtime.runOnce({ id: made.id, bundle: made.bundle, onOutput })).toBe(3);
    expect(out).toEqual({ stdout: "out\n", stderr: "err\n" });
    expectNothingLeft(made);
  });

  test("much output is complete", async () => {
    const made = host.bundle(processOf(["seq", "1", "300000"]));
    const { out, onOutput } = collect();
    expect(await host.runtime.runOnce({ id: made.id, bundle: made.bundle, onOutput })).toBe(0);
    expect(out.stdout.length).toBe(1_988_895);
    expect(out.stdout).toEndWith("299999\n300000\n");
  });

  test("output comes while it runs", async () => {
    const made = host.bundle(processOf(["sh", "-c", "echo first; sleep 1"]));
    const begun = performance.now();
    let first = 0;
    const onOutput = () => {
      first ||= performance.now() - begun;
    };
    await host.runtime.runOnce({ id: made.id, bundle: made.bundle, onOutput });
    expect(first).toBeLessThan(900);
  });

  test("abort kills it and leaves nothing, whenever it comes", async () => {
    for (const delay of [0, 5, 15, 30, 100]) {
      const made = host.bundle(processOf(["sh", "-c", "trap '' TERM INT; sleep 100 & sleep 100"]));
      const controller = new AbortController();
      const running = host.runtime.runOnce({ ...made, onOutput: () => {}, signal: controller.signal });
      setTimeout(() => controller.abort(), delay);
      await expect(running).rejects.toThrow("interrupted");
      expectNothingLeft(made);
    }
  });

  test("a command that is not there", async () => {
    const made = host.bundle(processOf(["nosuch"]));
    const { out, onOutput } = collect();
    const running = host.runtime.runOnce({ id: made.id, bundle: made.bundle, onOutput });
    await expect(running).rejects.toThrow(
      /OCI runtime create failed: .*exec: "nosuch": executable file not found in \$PATH$/,
    );
    expect(out).toEqual({ stdout: "", stderr: "" });
    expectNothingLeft(made);
  });

  test("an unknown runtime is refused", () => {
    const { id, bundle } = host.bundle(processOf(["true"]));
    const run = async () =>
      host.runtime.runOnce({ id, bundle, onOutput: () => {}, runtime: "no-such-runtime" });
    expect(run()).rejects.toThrow("unknown or invalid runtime name: no-such-runtime");
  });
});
