import { ESRCH, KernelError } from "./errno.ts";
import { check, errno, libc, systemCall } from "./ffi.ts";

const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

/** A descriptor that stands for this very process, whatever becomes of its number. @throws KernelError (ESRCH when gone) */
export function pidfdOpen(pid: number): number {
  return check(systemCall(SYS_PIDFD_OPEN, pid, 0), () => `open process ${pid}`);
}

/** Sends a signal through a pidfd; false when the process is gone. */
export function pidfdSendSignal(pidfd: number, signal: number): boolean {
  return gone(
    systemCall(SYS_PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0),
    `signal process behind descriptor ${pidfd}`,
  );
}

/** kill(2); false when there is no such process. Signal 0 only asks. */
export function signalProcess(pid: number, signal: number): boolean {
  return gone(libc.kill(pid, signal), `signal process ${pid}`);
}

function gone(result: number, call: string): boolean {
  if (result !== -1) return true;
  const number = errno();
  if (number === ESRCH) return false;
  throw new KernelError(call, number);
}

/** Bit that marks a system call number as one of the x32 ABI (asm/unistd.h). */
const X32_BIT = 0x40000000;
const SYS_GETPID = 39;
let x32: boolean | undefined;

/** Whether an x86-64 kernel runs programs of the x32 ABI: asked of the kernel once, by a call that does nothing. */
export function kernelRunsX32(): boolean {
  x32 ??= process.arch === "x64" && systemCall(X32_BIT | SYS_GETPID) !== -1;
  return x32;
}
