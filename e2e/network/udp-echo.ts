import { tinyProgram, u32 } from "../harness/tiny-program.ts";

const AF_INET = 2;
const SOCK_DGRAM = 2;
const call = (number: number) => [0xb8, ...u32(number), 0x0f, 0x05]; // mov eax, number; syscall

/** A program that sends every datagram it gets on a UDP port back to its sender. x86-64 only. */
export function udpEcho(port: number): Uint8Array<ArrayBuffer> {
  const setup = [
    ...[0x48, 0x81, 0xec, ...u32(2048)], // sub rsp, 2048: [rsp] address, [rsp+16] its length, [rsp+32] buffer
    ...[0xbf, ...u32(AF_INET), 0xbe, ...u32(SOCK_DGRAM), 0x31, 0xd2, ...call(41)], // socket
    ...[0x89, 0xc3], // mov ebx, eax
    ...[0x48, 0xc7, 0x04, 0x24, AF_INET, 0, port >> 8, port & 0xff], // mov qword [rsp], family and port
    ...[0x48, 0xc7, 0x44, 0x24, 0x08, 0, 0, 0, 0],
    ...[0x89, 0xdf, 0x48, 0x89, 0xe6, 0xba, ...u32(16), ...call(49)], // bind(ebx, rsp, 16)
  ];
  const address = [0x49, 0x89, 0xe0]; // mov r8, rsp
  const buffer = [0x89, 0xdf, 0x48, 0x8d, 0x74, 0x24, 0x20]; // mov edi, ebx; lea rsi, [rsp+32]
  const loop = [
    ...[0xc7, 0x44, 0x24, 0x10, ...u32(16)], // mov dword [rsp+16], 16
    ...[...buffer, 0xba, ...u32(1500), 0x45, 0x31, 0xd2, ...address],
    ...[0x4c, 0x8d, 0x4c, 0x24, 0x10, ...call(45)], // lea r9, [rsp+16]; recvfrom
    ...[0x89, 0xc2, ...buffer, 0x45, 0x31, 0xd2, ...address],
    ...[0x41, 0xb9, ...u32(16), ...call(44)], // sendto
  ];
  return tinyProgram([...setup, ...loop, 0xeb, -(loop.length + 2) & 0xff]); // jmp to the loop's begin
}
