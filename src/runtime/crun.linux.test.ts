import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { cgroupMode } from "../kernel/index.ts";
import { findProgram } from "./find-program.ts";
import { cannotRun } from "./test-host.ts";

/**
 * crun insists on pure version 2 control groups. Where the host has another arrangement the room's own tests run once
 * more in a mount namespace in which that is what there is; there the default is crun.
 */
const cannot =
  cannotRun ??
  (!findProgram("crun") ? "no crun" : cgroupMode() === "unified" ? "crun is the default anyway" : undefined);

describe.skipIf(cannot !== undefined)("with crun, where control groups are version 2 alone", () => {
  for (const name of ["lifecycle", "exec", "exit-watch", "run-once"]) {
    test(name, async () => {
      const file = join(import.meta.dir, `${name}.linux.test.ts`);
      const script = 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"';
      const argv = ["unshare", "--mount", "sh", "-c", script, "sh", process.execPath, "test", file];
      const child = Bun.spawn(argv, {
        stdout: "pipe",
        stderr: "pipe",
        env: { ...process.env, FORCE_COLOR: "0" },
      });
      const [output, code] = await Promise.all([new Response(child.stderr).text(), child.exited]);
      if (code !== 0) throw new Error(output);
      expect(code).toBe(0);
    }, 120_000);
  }
});
