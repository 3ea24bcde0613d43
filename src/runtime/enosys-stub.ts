/** System call numbers of one architecture (`AUDIT_ARCH_*` of linux/audit.h) that are to be said not to exist. */
export interface UnknownCalls {
  readonly architecture: number;
  /** First and last number of each range. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

/** Operations of classic BPF (linux/bpf_common.h) on `struct seccomp_data` of seccomp(2). */
const LOAD = 0x20;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_GREATER = 0x25;
const JUMP_IF_NOT_LESS = 0x35;
const RETURN = 0x06;
const NUMBER = 0;
const ARCHITECTURE = 4;
/** `SECCOMP_RET_ERRNO` with ENOSYS. */
const NOT_IMPLEMENTED = 0x00050000 | 38;

export const INSTRUCTION_BYTES = 8;

type Instruction = readonly [operation: number, skipIfTrue: number, skipIfFalse: number, value: number];

/**
 * A program to be put before a filter: it answers the named calls with ENOSYS, which C libraries take as "this kernel is
 * too old" and so fall back to another call, and leaves all others to the filter.
 */
export function enosysStub(unknown: readonly UnknownCalls[]): Uint8Array {
  const sections = unknown.map(({ architecture, ranges }): Instruction[] => {
    const tests = ranges.flatMap(([first, last]): Instruction[] => [
      [JUMP_IF_NOT_LESS, 0, 2, first],
      [JUMP_IF_GREATER, 1, 0, last],
      [RETURN, 0, 0, NOT_IMPLEMENTED],
    ]);
    // Over the section and the jump behind it.
    return [[JUMP_IF_EQUAL, 0, tests.length + 2, architecture], [LOAD, 0, 0, NUMBER], ...tests];
  });
  if (sections.length === 0) return new Uint8Array();
  const program: Instruction[] = [[LOAD, 0, 0, ARCHITECTURE]];
  let left = sections.reduce((sum, section) => sum + section.length + 1, 0);
  for (const section of sections) {
    left -= section.length + 1;
    program.push(...section, [JUMP, 0, 0, left]);
  }
  return encode(program);
}

/** `struct sock_filter` after `struct sock_filter`; the machines this runs on are little-endian. */
function encode(program: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * INSTRUCTION_BYTES));
  program.forEach(([operation, skipIfTrue, skipIfFalse, value], index) => {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, operation, true);
    view.setUint8(at + 2, skipIfTrue);
    view.setUint8(at + 3, skipIfFalse);
    view.setUint32(at + 4, value, true);
  });
  return new Uint8Array(view.buffer);
}
