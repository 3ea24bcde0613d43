import { describe, test } from "bun:test";
import { join } from "node:path";
import { cgroupMode } from "../kernel/index.ts";
import { findProgram } from "./find-program.ts";
import { cannotRun, RUNTIME_VARIABLE } from "./test-host.ts";

/** The room's own tests, which run with the host's default runtime, once more with another one, or on another host. */
async function runTests(name: string, runtime: string, prefix: readonly string[] = []): Promise<void> {
  const file = join(import.meta.dir, `${name}.linux.test.ts`);
  const child = Bun.spawn([...prefix, process.execPath, "test", file], {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, FORCE_COLOR: "0", [RUNTIME_VARIABLE]: runtime },
  });
  const [output, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (code !== 0) throw new Error(output);
}

const FILES = ["lifecycle", "exec", "exit-watch", "run-once", "propagation"];

describe.skipIf(cannotRun !== undefined || !findProgram("runc"))("with runc", () => {
  test.each(FILES)("%s", (name) => runTests(name, "runc"), 120_000);
});

const elsewhere = cgroupMode() !== "unified" && findProgram("crun") !== undefined;

describe.skipIf(cannotRun !== undefined || !elsewhere)(
  "with crun, where control groups are version 2 alone",
  () => {
    const script = 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"';
    const prefix = ["unshare", "--mount", "sh", "-c", script, "sh"];
    test.each(FILES)("%s", (name) => runTests(name, "crun", prefix), 120_000);
  },
);
