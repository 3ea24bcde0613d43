import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cgroupMode, hasSeccompLibrary } from "../kernel/index.ts";
import type { OciRuntimeSpec, OciSeccomp } from "../spec/index.ts";
import { generic, type RuntimeKind } from "./adapter.ts";
import { crun } from "./crun.ts";
import { runc } from "./runc.ts";
import { compileSeccomp } from "./seccomp-program.ts";
import { cannotRun, cgroupDirectories, processOf, TestHost } from "./test-host.ts";
import { writeBundle } from "./write-bundle.ts";

const SECCOMP: OciSeccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  flags: ["SECCOMP_FILTER_FLAG_LOG"],
  syscalls: [{ names: ["read", "write", "exit"], action: "SCMP_ACT_ALLOW" }],
};
const PROGRAM = "run.oci.seccomp_bpf_data";

describe("a bundle's configuration", () => {
  let bundle: string;
  beforeAll(() => {
    bundle = mkdtempSync(join(tmpdir(), "berth-bundle-"));
  });
  afterAll(() => rmSync(bundle, { recursive: true }));

  const written = (kind: RuntimeKind, more: Partial<OciRuntimeSpec>, seccomp?: OciSeccomp) => {
    const linux = { namespaces: [], ...(seccomp && { seccomp }) };
    const spec = {
      ociVersion: "1.0.2",
      process: processOf([]),
      root: { path: "/" },
      mounts: [],
      linux,
      ...more,
    };
    writeBundle({ name: "it", path: "/bin/it", root: "/", kind }, bundle, spec);
    return JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")) as OciRuntimeSpec;
  };

  test.skipIf(!hasSeccompLibrary())(
    "crun gets a program, and would kill the container if it did not load it",
    () => {
      const { annotations, linux } = written(crun, { annotations: { mine: "kept" } }, SECCOMP);
      const program = Buffer.from(compileSeccomp(SECCOMP)).toString("base64");
      expect(annotations).toEqual({ mine: "kept", [PROGRAM]: program });
      expect(linux.seccomp).toEqual({ defaultAction: "SCMP_ACT_KILL_PROCESS", flags: SECCOMP.flags });
      const other = written(crun, {}, { ...SECCOMP, defaultAction: "SCMP_ACT_KILL" });
      expect(other.annotations?.[PROGRAM]).not.toBe(program);
      expect(written(crun, {}, SECCOMP).annotations?.[PROGRAM]).toBe(program);
    },
  );

  test("without a filter there is no program, and other runtimes get the filter itself", () => {
    const unconfined = written(crun, {});
    expect([unconfined.annotations, unconfined.linux.seccomp]).toEqual([undefined, undefined]);
    for (const kind of [runc, generic]) {
      const { annotations, linux } = written(kind, {}, SECCOMP);
      expect([annotations, linux.seccomp]).toEqual([undefined, SECCOMP]);
    }
  });

  test.each([PROGRAM, "run.oci.handler", "run.oci.hooks.stdout"])("annotation %s is refused", (name) => {
    for (const kind of [crun, runc, generic]) {
      for (const seccomp of [SECCOMP, undefined]) {
        expect(() => written(kind, { annotations: { [name]: "AAAA" } }, seccomp)).toThrow(name);
      }
    }
    expect(written(crun, { annotations: { "run.ocix": "1" } }).annotations).toEqual({ "run.ocix": "1" });
  });
});

const noWeight = cgroupMode() === "unified" ? "version 2" : cannotRun;

describe.skipIf(noWeight !== undefined)("the share of block devices in version 1", () => {
  let host: TestHost;
  beforeAll(() => {
    host = new TestHost();
  });
  afterAll(() => host.close());

  test("is set whatever the runtime knows of the scheduler", async () => {
    const made = host.bundle(processOf(["sleep", "100"]), (spec) => {
      spec.linux.resources = { ...spec.linux.resources, blockIO: { weight: 321 } };
    });
    const group = () =>
      cgroupDirectories(join(host.cgroup, made.id)).find((path) => path.includes("/blkio/"));
    const options = { ...made, tty: false, stdin: false, stdinOnce: false, logPath: made.log };
    await host.runtime.create(options);
    const file = join(group() ?? "", "blkio.bfq.weight");
    if (existsSync(file)) expect(readFileSync(file, "latin1")).toContain("321");
    await host.runtime.killAll(made.id, made.bundle);
    await host.runtime.delete(made.id);
    expect(group()).toBeUndefined();
  });
});
