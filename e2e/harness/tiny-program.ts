/** Little-endian bytes of a 32-bit number, as x86 instructions hold them. */
export const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);

/**
 * Wraps x86-64 machine code into a static executable of some hundred bytes: for what busybox cannot do, with no
 * compiler and no library. The code starts at its first byte and is mapped readable and executable.
 */
export function tinyProgram(code: readonly number[]): Uint8Array<ArrayBuffer> {
  const base = 0x400000;
  const headers = 64 + 56;
  const file = new Uint8Array(headers + code.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, 62, true); // x86-64
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(base + headers), true); // entry
  view.setBigUint64(32, 64n, true); // program headers
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true); // one segment: load
  view.setUint32(68, 5, true); // readable and executable
  view.setBigUint64(80, BigInt(base), true);
  view.setBigUint64(88, BigInt(base), true);
  view.setBigUint64(96, BigInt(file.length), true);
  view.setBigUint64(104, BigInt(file.length), true);
  view.setBigUint64(112, 0x1000n, true);
  file.set(code, headers);
  return file;
}
