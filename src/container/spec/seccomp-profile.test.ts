import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BerthError } from "../../core/index.ts";
import { parseSeccompProfile, resolveSeccompProfile } from "./seccomp-profile.ts";

const machine = process.arch === "x64" ? "amd64" : "arm64";
const [scmp, other] =
  process.arch === "x64"
    ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"]
    : ["SCMP_ARCH_AARCH64", "SCMP_ARCH_X86_64"];
const parse = (profile: object) => parseSeccompProfile(JSON.stringify(profile));
const resolve = (profile: object, capabilities: string[] = []) =>
  resolveSeccompProfile(parse(profile), capabilities);

/** Names of the rules that a container with these capabilities gets. */
function ruled(rules: object[], capabilities: string[] = []): string[] {
  const profile = { defaultAction: "SCMP_ACT_ERRNO", syscalls: rules };
  return resolve(profile, capabilities)?.syscalls?.flatMap(({ names }) => names) ?? [];
}

const rule = (name: string, more: object = {}) => ({ names: [name], action: "SCMP_ACT_ALLOW", ...more });

describe("a user's seccomp profile", () => {
  test("rules that need a capability are not there without it", () => {
    const rules = [
      rule("read"),
      rule("mount", { includes: { caps: ["CAP_SYS_ADMIN"] } }),
      rule("both", { includes: { caps: ["CAP_SYS_ADMIN", "CAP_BPF"] } }),
      rule("clone", { excludes: { caps: ["CAP_SYS_ADMIN"] } }),
      rule("none", { includes: {}, excludes: null }),
    ];
    expect(ruled(rules)).toEqual(["read", "clone", "none"]);
    expect(ruled(rules, ["CAP_SYS_ADMIN"])).toEqual(["read", "mount", "none"]);
    expect(ruled(rules, ["CAP_SYS_ADMIN", "CAP_BPF"])).toEqual(["read", "mount", "both", "none"]);
  });

  test("rules for other machines and newer kernels are not there", () => {
    const rules = [
      rule("here", { includes: { arches: ["s390x", machine] } }),
      rule("there", { includes: { arches: ["s390x"] } }),
      rule("not here", { excludes: { arches: [machine] } }),
      rule("old", { includes: { minKernel: "3.0" } }),
      rule("future", { includes: { minKernel: "999.0" } }),
      rule("since long", { excludes: { minKernel: "3.0" } }),
      rule("until long", { excludes: { minKernel: "999.0" } }),
    ];
    expect(ruled(rules)).toEqual(["here", "old", "until long"]);
    expect(() => ruled([rule("x", { includes: { minKernel: "new" } })])).toThrow('minKernel "new"');
  });

  test("archMap gives this machine's architectures, a list is taken as it is", () => {
    const archMap = [
      { architecture: other, subArchitectures: ["SCMP_ARCH_ARM"] },
      { architecture: scmp, subArchitectures: ["SCMP_ARCH_X86"] },
    ];
    const base = { defaultAction: "SCMP_ACT_ALLOW" };
    expect(resolve({ ...base, archMap })?.architectures).toEqual([scmp as string, "SCMP_ARCH_X86"]);
    expect(resolve({ ...base, architectures: ["SCMP_ARCH_X32"] })?.architectures).toEqual(["SCMP_ARCH_X32"]);
    expect(() => parse({ ...base, archMap, architectures: [scmp] })).toThrow(
      "both 'architectures' and 'archMap'",
    );
  });

  test("everything else is kept: conditions, errno, flags, listener, the old single name", () => {
    const args = [{ index: 0, value: 8, valueTwo: 0, op: "SCMP_CMP_EQ" }];
    const listener = {
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      listenerPath: "/run/agent",
      listenerMetadata: "x",
    };
    const syscalls = [{ name: "clone", action: "SCMP_ACT_ERRNO", errnoRet: 38, args, comment: "why" }];
    expect<object | undefined>(
      resolve({ defaultAction: "SCMP_ACT_KILL", defaultErrnoRet: 2, ...listener, syscalls }),
    ).toEqual({
      defaultAction: "SCMP_ACT_KILL",
      defaultErrnoRet: 2,
      architectures: [],
      ...listener,
      syscalls: [{ names: ["clone"], action: "SCMP_ACT_ERRNO", errnoRet: 38, args }],
    });
    expect(resolve({})).toBeUndefined();
  });

  test.each([
    ["{", "not valid JSON"],
    ['{"defaultAction":5}', "defaultAction"],
    ['{"syscalls":{"names":[]}}', "syscalls"],
    ['{"syscalls":[{"names":["a"],"name":"b","action":"x"}]}', "both 'name' and 'names'"],
    [
      '{"syscalls":[{"names":["a"],"action":"x","args":[{"index":0,"value":-1,"op":"SCMP_CMP_EQ"}]}]}',
      "value",
    ],
    [
      '{"syscalls":[{"names":["a"],"action":"x","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}',
      "value",
    ],
    ['{"syscalls":[{"names":["a"],"action":"x","args":[{"index":0,"value":1,"op":"="}]}]}', "op"],
  ])("%s is refused", (text, message) => {
    expect(() => parseSeccompProfile(text)).toThrow(message);
  });

  test("rules without a default action are refused", () => {
    expect(() => resolve({ syscalls: [rule("read")] })).toThrow("defaultAction is missing");
  });

  test("whatever JSON comes: a profile, or an error for people", () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom("syscalls", "archMap", "defaultAction", "flags"),
        (json, field) => {
          try {
            resolveSeccompProfile(parseSeccompProfile(`{"${field}":${json}}`), []);
          } catch (error) {
            expect(error).toBeInstanceOf(BerthError);
          }
        },
      ),
    );
  });
});
