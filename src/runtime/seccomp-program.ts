import { invalid } from "../core/index.ts";
import {
  type ArgumentComparison,
  nativeSeccompArchitecture,
  SeccompFilter,
  seccompArchitecture,
  systemCallNumber,
} from "../kernel/index.ts";
import type { OciSeccomp, OciSeccompArg } from "../spec/index.ts";
import { enosysStub, INSTRUCTION_BYTES, type UnknownCalls } from "./enosys-stub.ts";

const EPERM = 1;
const ENOSYS = 38;
/** `BPF_MAXINSNS`. */
const MOST_INSTRUCTIONS = 4096;
/** From here on a tree is worth its inner nodes; older libraries compile a tree of nothing wrongly. */
const CALLS_FOR_A_TREE = 32;

/** `SECCOMP_RET_*` of the actions; those of `WITH_ERRNO` have a number in their lower half. */
const ACTIONS = new Map([
  ["SCMP_ACT_KILL", 0],
  ["SCMP_ACT_KILL_THREAD", 0],
  ["SCMP_ACT_KILL_PROCESS", 0x80000000],
  ["SCMP_ACT_TRAP", 0x00030000],
  ["SCMP_ACT_ERRNO", 0x00050000],
  ["SCMP_ACT_NOTIFY", 0x7fc00000],
  ["SCMP_ACT_TRACE", 0x7ff00000],
  ["SCMP_ACT_LOG", 0x7ffc0000],
  ["SCMP_ACT_ALLOW", 0x7fff0000],
]);
const WITH_ERRNO = ["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"];
/** Default actions that let a call happen, or have a tracer decide: with them nothing is said not to exist. */
const LETS_THROUGH = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"];

/** `enum scmp_compare`. */
const OPERATORS: readonly OciSeccompArg["op"][] = [
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
];
const FIRST_OPERATOR = 1;

/** x32 programs make x86-64 calls with this bit in the number; libseccomp has a token of its own for them. */
const X32_BIT = 0x40000000;
const X32 = 0x4000003e;
const X86_64 = 0xc000003e;
const LARGEST = 0xffffffff;

/**
 * Compiles a filter of the OCI runtime specification as runc does: rules for calls that this host's libseccomp does not
 * know are passed over, and calls newer than any that the filter names fail with ENOSYS rather than by its default action.
 * Returns a program for seccomp(2). @throws invalid when the filter makes no sense or is too large for the kernel
 */
export function compileSeccomp(seccomp: OciSeccomp): Uint8Array {
  const { defaultErrnoRet, syscalls } = seccomp;
  const defaultAction = actionOf(seccomp.defaultAction, defaultErrnoRet);
  const names = (seccomp.architectures ?? []).map(architectureOf);
  const architectures = names.length > 0 ? names : [nativeSeccompArchitecture()];
  using filter = new SeccompFilter(defaultAction);
  for (const architecture of architectures) filter.addArchitecture(architecture);
  const calls = new Set<string>();
  for (const { names, action, errnoRet, args } of syscalls ?? []) {
    const value = actionOf(action, errnoRet);
    const conditions = conditionsOf(args ?? []);
    for (const name of names) {
      calls.add(name);
      const call = systemCallNumber(name);
      if (call === undefined || value === defaultAction) continue;
      for (const comparisons of conditions) filter.addRule(value, call, comparisons);
    }
  }
  if (calls.size >= CALLS_FOR_A_TREE) filter.useBinaryTree();
  const permissive = LETS_THROUGH.includes(seccomp.defaultAction) || defaultErrnoRet === ENOSYS;
  const stub = permissive ? new Uint8Array() : enosysStub(newerCalls(architectures, [...calls]));
  const program = Buffer.concat([stub, filter.compile()]);
  const instructions = program.byteLength / INSTRUCTION_BYTES;
  if (instructions <= MOST_INSTRUCTIONS) return program;
  throw invalid(
    `the seccomp profile is too large: it needs ${instructions} instructions, the kernel takes ${MOST_INSTRUCTIONS}`,
  );
}

function actionOf(name: string, errno: number | undefined): number {
  const action = ACTIONS.get(name);
  if (action === undefined) throw invalid(`seccomp profile: there is no action "${name}"`);
  return WITH_ERRNO.includes(name) ? action + ((errno ?? EPERM) & 0xffff) : action;
}

function architectureOf(name: string): number {
  const token = seccompArchitecture(name.replace(/^SCMP_ARCH_/, "").toLowerCase());
  if (token === undefined) throw invalid(`seccomp profile: there is no architecture "${name}"`);
  return token;
}

/**
 * What a rule compares, a list for each rule of libseccomp. All of a list must hold; it can have an argument only once,
 * so that where one is compared twice each comparison has a rule of its own, and any of them is enough.
 */
function conditionsOf(args: readonly OciSeccompArg[]): ArgumentComparison[][] {
  const comparisons = args.map(({ index, value, valueTwo, op }): ArgumentComparison => {
    const operator = OPERATORS.indexOf(op);
    if (operator < 0) throw invalid(`seccomp profile: there is no operator "${op}"`);
    if (!Number.isInteger(index) || index < 0 || index > 5)
      throw invalid(`seccomp profile: a system call has no argument ${index}, they are 0 to 5`);
    return { index, op: FIRST_OPERATOR + operator, value: word(value), valueTwo: word(valueTwo ?? 0) };
  });
  const indexes = new Set(comparisons.map(({ index }) => index));
  return indexes.size === comparisons.length ? [comparisons] : comparisons.map((one) => [one]);
}

function word(value: number): bigint {
  // Beyond that JSON numbers are no longer what was written.
  if (Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw invalid(`seccomp profile: ${value} is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
}

/** The numbers above the largest one that the filter has a name for, on each architecture. */
function newerCalls(architectures: readonly number[], names: readonly string[]): UnknownCalls[] {
  const largestOn = (architecture: number) =>
    names.reduce((most, name) => Math.max(most, systemCallNumber(name, architecture) ?? -1), 0);
  const found = new Map<number, [number, number][]>();
  for (const architecture of architectures) {
    const largest = largestOn(architecture);
    if (largest === 0) continue;
    const last = architecture === X86_64 ? X32_BIT - 1 : LARGEST;
    const machine = architecture === X32 ? X86_64 : architecture;
    found.set(machine, [...(found.get(machine) ?? []), [largest + 1, last]]);
  }
  return [...found].map(([architecture, ranges]) => ({ architecture, ranges }));
}
