import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MS, mount, umount } from "../kernel/index.ts";
import type { OciRuntimeSpec } from "../spec/index.ts";
import { cannotRun, processOf, TestHost, until } from "./test-host.ts";

const FULL = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"];
const capabilities = { bounding: FULL, effective: FULL, permitted: FULL, inheritable: [], ambient: [] };

describe.skipIf(cannotRun !== undefined)("mounts that pass between host and container", () => {
  let host: TestHost;
  let shared: string;
  beforeAll(() => {
    host = new TestHost();
    shared = join(host.directory, "shared");
    mkdirSync(shared);
    mount("tmpfs", shared, "tmpfs", 0, "");
    mount("", shared, "", MS.SHARED, "");
    for (const name of ["in", "out"]) mkdirSync(join(shared, name));
  });
  afterAll(async () => {
    umount(shared);
    await host.close();
  });

  const start = async (script: string, propagation: string, rootfsPropagation: string) => {
    const change = (spec: OciRuntimeSpec) => {
      const options = ["rbind", "rw", propagation];
      spec.mounts.push({ destination: "/tmp", type: "bind", source: shared, options });
      spec.linux.rootfsPropagation = rootfsPropagation;
    };
    const made = host.bundle(processOf(["sh", "-c", script], { capabilities }), change);
    const { id, bundle, log: logPath } = made;
    const pids = await host.runtime.create({
      id,
      bundle,
      tty: false,
      stdin: false,
      stdinOnce: false,
      logPath,
    });
    const exit = host.exit({ ...made, ...pids });
    await host.runtime.start(id, bundle);
    return exit;
  };

  test("rslave: what the host mounts appears in the container", async () => {
    const exit = start("while ! [ -e /tmp/in/there ]; do sleep 0.05; done", "rslave", "rslave");
    mount("tmpfs", join(shared, "in"), "tmpfs", 0, "");
    writeFileSync(join(shared, "in", "there"), "");
    expect((await exit).exitCode).toBe(0);
    umount(join(shared, "in"));
  });

  test("rshared: what the container mounts appears on the host, and nothing of it is unmounted there", async () => {
    const groups = existsSync("/sys/fs/cgroup/unified/cgroup.procs");
    const script = "busybox mount -t tmpfs tmpfs /tmp/out && touch /tmp/out/there";
    const gone = "while [ -e /tmp/out/there ]; do sleep 0.05; done";
    const exit = start(`${script} && ${gone}`, "rshared", "shared");
    await until("the container's mount", () => existsSync(join(shared, "out", "there")));
    umount(join(shared, "out"));
    expect(existsSync("/sys/fs/cgroup/unified/cgroup.procs")).toBe(groups);
    expect((await exit).exitCode).toBe(0);
  });
});
