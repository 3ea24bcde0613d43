import { tinyProgram, u32 } from "../harness/tiny-program.ts";

const EXIT = 60;

/** A program that makes one system call and exits with the errno it got, 0 for success. x86-64 only. */
export function systemCallProbe(number: number, args: readonly number[] = []): Uint8Array<ArrayBuffer> {
  // mov edi/esi/edx/r10d/r8d/r9d, imm32: clears the upper half too.
  const loads = [[0xbf], [0xbe], [0xba], [0x41, 0xba], [0x41, 0xb8], [0x41, 0xb9]];
  return tinyProgram([
    ...loads.flatMap((opcode, index) => [...opcode, ...u32(args[index] ?? 0)]),
    ...[0xb8, ...u32(number), 0x0f, 0x05], // mov eax, number; syscall
    ...[0x31, 0xff], // xor edi, edi
    ...[0x48, 0x3d, ...u32(0xfffff000)], // cmp rax, -4096
    ...[0x76, 0x04], // no error: over the next two
    ...[0xf7, 0xd8, 0x89, 0xc7], // neg eax; mov edi, eax
    ...[0xb8, ...u32(EXIT), 0x0f, 0x05],
  ]);
}
