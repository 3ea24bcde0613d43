/** What seccomp(2) shows a filter of one call. */
export interface TestCall {
  architecture: number;
  number: number;
  args?: readonly bigint[];
}

/** An interpreter of classic BPF as far as seccomp(2) permits it: the filter's answer to a call, a `SECCOMP_RET_*`. */
export function runFilter(program: Uint8Array, { architecture, number, args = [] }: TestCall): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  args.forEach((value, index) => void data.setBigUint64(16 + 8 * index, value, true));
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const jumps: Record<number, (a: number, k: number) => boolean> = {
    21: (a, k) => a === k,
    37: (a, k) => a > k,
    53: (a, k) => a >= k,
    69: (a, k) => (BigInt(a) & BigInt(k)) !== 0n,
  };
  let accumulator = 0;
  for (let at = 0; at < program.byteLength; at += 8) {
    const operation = code.getUint16(at, true);
    const value = code.getUint32(at + 4, true);
    const jump = jumps[operation];
    if (jump) at += 8 * code.getUint8(at + (jump(accumulator, value) ? 2 : 3));
    else if (operation === 0x20) accumulator = data.getUint32(value, true);
    else if (operation === 0x54) accumulator = Number(BigInt(accumulator) & BigInt(value));
    else if (operation === 0x05) at += 8 * value;
    else if (operation === 0x06) return value;
    else throw new Error(`operation ${operation.toString(16)} at ${at / 8}`);
  }
  throw new Error("the program ends without an answer");
}
