import { describe, expect, test } from "bun:test";
import { buildSpec } from "./build-spec.ts";
import {
  ALL_CAPABILITIES,
  capabilitiesOfMask,
  containerCapabilities,
  DEFAULT_CAPABILITIES,
} from "./capabilities.ts";
import { containerResources } from "./resources.ts";
import { defaultSeccomp } from "./seccomp.ts";
import { parseSecurityOptions } from "./security-options.ts";
import { parseGroup, parsePasswd } from "./user.ts";

describe("capabilities", () => {
  const caps = (add: string[], drop: string[], privileged = false) =>
    containerCapabilities(add, drop, privileged, ALL_CAPABILITIES);
  test("the default set is Docker's", () => expect(caps([], [])).toEqual([...DEFAULT_CAPABILITIES]));
  test("added, dropped, with and without prefix, in any case", () => {
    expect(caps(["sys_admin"], ["CAP_CHOWN"])).toEqual([...DEFAULT_CAPABILITIES.slice(1), "CAP_SYS_ADMIN"]);
    expect(caps(["chown"], ["ALL"])).toEqual(["CAP_CHOWN"]);
    expect(caps(["ALL"], ["net_raw"])).toEqual(ALL_CAPABILITIES.filter((name) => name !== "CAP_NET_RAW"));
    expect(caps([], [], true)).toEqual(ALL_CAPABILITIES);
  });
  test("nothing is given away that the engine does not have", () => {
    expect(containerCapabilities(["ALL"], [], false, ["CAP_KILL"])).toEqual(["CAP_KILL"]);
  });
  test("a mistyped one is suggested", () => {
    expect(() => caps(["SYS_ADMNI"], [])).toThrow(
      'invalid capability: "SYS_ADMNI" (did you mean SYS_ADMIN?)',
    );
  });
  test("masks are the kernel's", () => {
    expect(capabilitiesOfMask("00000000a80425fb").sort()).toEqual([...DEFAULT_CAPABILITIES].sort());
  });
});

describe("seccomp", () => {
  const allowed = (capabilities: readonly string[]) =>
    new Set(
      defaultSeccomp(capabilities)
        .syscalls?.filter((rule) => rule.action === "SCMP_ACT_ALLOW" && !rule.args)
        .flatMap(({ names }) => names),
    );
  test("what reaches into the host is refused by default", () => {
    const names = allowed(DEFAULT_CAPABILITIES);
    for (const name of [
      "mount",
      "unshare",
      "setns",
      "keyctl",
      "add_key",
      "bpf",
      "reboot",
      "kexec_load",
      "init_module",
      "userfaultfd",
      "io_uring_setup",
      "clone3",
    ]) {
      expect([name, names.has(name)]).toEqual([name, false]);
    }
    for (const name of ["read", "execve", "openat2", "chroot", "futex"])
      expect([name, names.has(name)]).toEqual([name, true]);
  });
  test("capabilities open what they stand for", () => {
    expect(allowed(["CAP_SYS_ADMIN"]).has("mount")).toBe(true);
    expect(allowed(["CAP_SYS_TIME"]).has("settimeofday")).toBe(true);
    expect(allowed([]).has("chroot")).toBe(false);
  });
  test("namespaces by clone only with CAP_SYS_ADMIN", () => {
    const clone = defaultSeccomp([]).syscalls?.filter(({ names }) => names.includes("clone"));
    expect(clone?.[0]?.args?.[0]).toMatchObject({ value: 0x7e020000, op: "SCMP_CMP_MASKED_EQ" });
    expect(defaultSeccomp(["CAP_SYS_ADMIN"]).syscalls?.some(({ errnoRet }) => errnoRet === 38)).toBe(false);
  });
});

const INPUT = {
  rootfs: "/r",
  args: ["sh"],
  env: [],
  cwd: "/",
  user: { uid: 1000, gid: 1000, additionalGids: [1000], home: "/" },
  network: "private",
  cgroupsPath: "/x",
} as const;

describe("specification", () => {
  test("an ordinary user holds no capability, root inside holds the bounded ones", () => {
    const spec = buildSpec(INPUT, { hard: 1024 });
    expect(spec.process.capabilities?.effective).toEqual([]);
    expect(spec.process.capabilities?.bounding.length).toBeGreaterThan(0);
    expect(spec.process.capabilities?.ambient).toEqual([]);
  });
  test("privileged opens devices, paths and system calls", () => {
    const spec = buildSpec({ ...INPUT, privileged: true }, { hard: 1024 });
    expect(spec.linux.seccomp).toBeUndefined();
    expect(spec.linux.maskedPaths).toEqual([]);
    expect(spec.linux.resources?.devices).toEqual([{ allow: true, access: "rwm" }]);
    expect(spec.linux.devices?.some(({ path }) => path === "/dev/null")).toBe(true);
  });
  test("limits above the host's own are clamped, not refused", () => {
    const spec = buildSpec(
      { ...INPUT, ulimits: [{ Name: "nofile", Soft: 2048, Hard: 4096 }] },
      { hard: 1024 },
    );
    expect(spec.process.rlimits).toEqual([{ type: "RLIMIT_NOFILE", soft: 1024, hard: 1024 }]);
  });
  test("the root lets pass what its mounts do", () => {
    const propagation = (...options: string[][]) =>
      buildSpec(
        {
          ...INPUT,
          mounts: options.map((options) => ({ destination: "/m", type: "bind", source: "/s", options })),
        },
        { hard: 1 },
      ).linux.rootfsPropagation;
    expect(propagation(["rbind", "rprivate"])).toBeUndefined();
    expect(propagation(["rbind", "rprivate"], ["bind", "slave"])).toBe("rslave");
    expect(propagation(["rbind", "rslave"], ["rbind", "rshared"])).toBe("shared");
  });
  test("namespaces follow what is asked", () => {
    const types = (input: object) =>
      buildSpec({ ...INPUT, ...input }, { hard: 1 }).linux.namespaces.map(({ type, path }) =>
        path ? `${type}=${path}` : type,
      );
    expect(types({})).toEqual(["mount", "network", "uts", "pid", "ipc"]);
    expect(types({ network: "host", pid: "host", ipc: { path: "/p" }, cgroupNamespace: "private" })).toEqual([
      "mount",
      "uts",
      "ipc=/p",
      "cgroup",
    ]);
  });
});

test("--cpus is a quota over a tenth of a second", () => {
  expect(containerResources({ NanoCpus: 1.5e9 }).cpu).toEqual({ quota: 150_000, period: 100_000 });
  expect(containerResources({ Memory: 100 }).memory).toEqual({ limit: 100, swap: 200 });
  expect(containerResources({})).toEqual({});
});

describe("security options", () => {
  test("are read", () => {
    expect(parseSecurityOptions(["no-new-privileges", "seccomp=unconfined", "apparmor:mine"])).toEqual({
      seccomp: "unconfined",
      noNewPrivileges: true,
      apparmor: "mine",
      systemPathsUnconfined: false,
    });
    expect(parseSecurityOptions(['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}']).seccomp).toEqual({
      defaultAction: "SCMP_ACT_ALLOW",
    });
  });
  test.each(["bogus", "bogus=1", "seccomp={"])("refuses %j", (option) =>
    expect(() => parseSecurityOptions([option])).toThrow(),
  );
});

test("broken lines of passwd and group are passed over", () => {
  expect(parsePasswd("root:x:0:0:root:/root:/bin/sh\nbad\n#c\nx:x:a:1::/:\nme:x:7:8")).toEqual([
    { name: "root", uid: 0, gid: 0, home: "/root" },
    { name: "me", uid: 7, gid: 8, home: "/" },
  ]);
  expect(parseGroup("a:x:1:me,you\nb:x:z:\nc:x:2:")).toEqual([
    { name: "a", gid: 1, members: ["me", "you"] },
    { name: "c", gid: 2, members: [] },
  ]);
});
