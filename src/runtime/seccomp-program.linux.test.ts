import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hasSeccompLibrary, seccompArchitecture, systemCallNumber } from "../kernel/index.ts";
import type { OciSeccomp, OciSeccompArg } from "../spec/index.ts";
import { compileSeccomp } from "./seccomp-program.ts";
import { runFilter } from "./test-filter.ts";

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const KILL = 0;
const X86_64 = 0xc000003e;
const I386 = 0x40000003;
const X32_BIT = 0x40000000;
const ARCHITECTURES = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];

/** In the manner of Docker's. */
const PROFILE: OciSeccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  architectures: ARCHITECTURES,
  syscalls: [
    { names: ["futex_waitv", "read", "a call that no library knows"], action: "SCMP_ACT_ALLOW" },
    ...[0, 8].map((value) => ({
      names: ["personality"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" } as const],
    })),
    {
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
    },
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
    { names: ["mount"], action: "SCMP_ACT_ERRNO" },
  ],
};

const number = (name: string, architecture: string) => {
  const found = systemCallNumber(name, seccompArchitecture(architecture));
  if (found === undefined || found < 0) throw new Error(`${architecture} has no ${name}`);
  return found;
};

describe.skipIf(!hasSeccompLibrary() || process.arch !== "x64")("a compiled filter", () => {
  test("what is allowed, refused and not implemented, for each kind of program", () => {
    const program = compileSeccomp(PROFILE);
    const kinds = [
      [X86_64, "x86_64"],
      [I386, "x86"],
      [X86_64, "x32"],
    ] as const;
    for (const [architecture, kind] of kinds) {
      const ask = (name: string, ...args: bigint[]) =>
        runFilter(program, { architecture, number: number(name, kind), args });
      expect([kind, ask("read"), ask("mount"), ask("clone3")]).toEqual([kind, ALLOW, EPERM, ENOSYS]);
      expect([kind, ask("clone", 0x11n), ask("clone", 0x10000000n)]).toEqual([kind, ALLOW, EPERM]);
      expect([kind, ask("personality", 0n), ask("personality", 0x40000n)]).toEqual([kind, ALLOW, EPERM]);
      const newest = number("futex_waitv", kind);
      expect(runFilter(program, { architecture, number: newest })).toBe(ALLOW);
      for (const future of [newest + 500, newest + 100_000]) {
        expect(runFilter(program, { architecture, number: future })).toBe(ENOSYS);
      }
    }
  });

  test("without x32 its calls are refused as those of a foreign machine", () => {
    const program = compileSeccomp({ ...PROFILE, architectures: ["SCMP_ARCH_X86_64"] });
    expect(runFilter(program, { architecture: X86_64, number: X32_BIT + 100_000 })).toBe(KILL);
    expect(runFilter(program, { architecture: I386, number: 3 })).toBe(KILL);
  });

  test("a permissive default lets new calls through", () => {
    const syscalls = [{ names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 13 }];
    const program = compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", syscalls });
    expect(runFilter(program, { architecture: X86_64, number: 9999 })).toBe(ALLOW);
    expect(runFilter(program, { architecture: X86_64, number: number("mount", "x86_64") })).toBe(0x0005000d);
  });

  test("a profile without rules", () => {
    const ask = (syscalls: OciSeccomp["syscalls"]) =>
      runFilter(compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", ...(syscalls && { syscalls }) }), {
        architecture: X86_64,
        number: 0,
      });
    expect(ask(undefined)).toBe(EPERM);
    expect(ask([])).toBe(EPERM);
  });

  const OPERATORS: Record<OciSeccompArg["op"], (actual: bigint, value: bigint, valueTwo: bigint) => boolean> =
    {
      SCMP_CMP_NE: (actual, value) => actual !== value,
      SCMP_CMP_LT: (actual, value) => actual < value,
      SCMP_CMP_LE: (actual, value) => actual <= value,
      SCMP_CMP_EQ: (actual, value) => actual === value,
      SCMP_CMP_GE: (actual, value) => actual >= value,
      SCMP_CMP_GT: (actual, value) => actual > value,
      SCMP_CMP_MASKED_EQ: (actual, mask, value) => (actual & mask) === (value & mask),
    };
  const NAMES = ["read", "write", "openat", "mount", "socket", "clone", "ptrace", "keyctl", "bpf", "statx"];
  // Small and large ones, on both halves of the word.
  const value = fc.oneof(fc.nat({ max: 4 }), fc.constantFrom(0x100000000, 0x100000001, 0xffffffff, 2 ** 40));
  const arg = fc.record({
    index: fc.nat({ max: 5 }),
    value,
    valueTwo: value,
    op: fc.constantFrom(...(Object.keys(OPERATORS) as OciSeccompArg["op"][])),
  });
  // Enough for the library's binary tree.
  const MANY = [
    "close",
    "stat",
    "mmap",
    "brk",
    "ioctl",
    "pipe",
    "select",
    "dup",
    "nanosleep",
    "getpid",
    "sendfile",
  ].concat(
    [
      "connect",
      "accept",
      "bind",
      "listen",
      "fork",
      "vfork",
      "execve",
      "exit",
      "wait4",
      "kill",
      "uname",
      "semget",
    ],
    [
      "fcntl",
      "flock",
      "fsync",
      "truncate",
      "getcwd",
      "chdir",
      "rename",
      "mkdir",
      "rmdir",
      "creat",
      "link",
      "unlink",
    ],
  );
  const profile = fc.record({
    more: fc.constantFrom([], MANY),
    plain: fc.subarray(NAMES),
    conditional: fc.dictionary(
      fc.constantFrom(...NAMES),
      fc.uniqueArray(arg, { minLength: 1, maxLength: 3, selector: ({ index }) => index }),
      { maxKeys: 4, noNullPrototype: true },
    ),
  });

  test("any rules: a filter answers as the rules say", () => {
    fc.assert(
      fc.property(
        profile,
        fc.array(fc.array(value, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 8 }),
        ({ plain, conditional, more }, calls) => {
          const rules = Object.entries(conditional).filter(([name]) => !plain.includes(name));
          const program = compileSeccomp({
            defaultAction: "SCMP_ACT_ERRNO",
            architectures: ["SCMP_ARCH_X86_64"],
            syscalls: [
              { names: [...plain, ...more, "no_such_call"], action: "SCMP_ACT_ALLOW" },
              ...rules.map(([name, args]) => ({ names: [name], action: "SCMP_ACT_ALLOW", args })),
            ],
          });
          const numbers = new Map(NAMES.map((name) => [name, number(name, "x86_64")]));
          const largest = Math.max(
            0,
            ...[...plain, ...more, ...rules.map(([name]) => name)].map((name) => number(name, "x86_64")),
          );
          for (const [name, call] of numbers) {
            for (const values of calls) {
              const args = values.map(BigInt);
              const allowed =
                plain.includes(name) ||
                rules.some(
                  ([ruled, conditions]) =>
                    ruled === name &&
                    conditions.every(({ index, op, value, valueTwo }) =>
                      OPERATORS[op](args[index] ?? 0n, BigInt(value), BigInt(valueTwo)),
                    ),
                );
              const expected = allowed ? ALLOW : largest > 0 && call > largest ? ENOSYS : EPERM;
              expect([name, runFilter(program, { architecture: X86_64, number: call, args })]).toEqual([
                name,
                expected,
              ]);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("one argument compared twice: any of the comparisons is enough", () => {
    const args = [1, 5].map((value) => ({ index: 0, value, op: "SCMP_CMP_EQ" }) as const);
    const syscalls = [{ names: ["socket"], action: "SCMP_ACT_ALLOW", args }];
    const program = compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", syscalls });
    const ask = (value: bigint) =>
      runFilter(program, { architecture: X86_64, number: number("socket", "x86_64"), args: [value] });
    expect([ask(1n), ask(5n), ask(3n)]).toEqual([ALLOW, ALLOW, EPERM]);
  });

  const rule = (more: object) => ({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW", ...more }],
  });
  const condition = { index: 0, value: 1, op: "SCMP_CMP_EQ" } as const;
  test.each([
    [{ defaultAction: "constructor" }, 'no action "constructor"'],
    [rule({ action: "SCMP_ACT_HOPE" }), 'no action "SCMP_ACT_HOPE"'],
    [
      { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_PDP11"] },
      'no architecture "SCMP_ARCH_PDP11"',
    ],
    [rule({ args: [{ ...condition, op: "SCMP_CMP_NEARLY" as never }] }), 'no operator "SCMP_CMP_NEARLY"'],
    [rule({ args: [{ ...condition, index: 6 }] }), "no argument 6"],
    [rule({ args: [{ ...condition, value: 2 ** 64 }] }), "not a whole number"],
    [rule({ args: [{ ...condition, value: -1 }] }), "not a whole number"],
  ] as [OciSeccomp, string][])("refuses %j", (seccomp, message) => {
    expect(() => compileSeccomp(seccomp)).toThrow(message);
  });

  test("a profile that the kernel would not take is refused", () => {
    const args = (value: number) => [{ index: 0, value, op: "SCMP_CMP_EQ" }] as const;
    const syscalls = Array.from({ length: 5000 }, (_, value) => ({
      names: ["ioctl"],
      action: "SCMP_ACT_ALLOW",
      args: [...args(value)],
    }));
    expect(() => compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", syscalls })).toThrow(
      "the kernel takes 4096",
    );
  });
});
