/** Names of the files that the monitor and this room keep in a container's bundle, and in an exec's directory below it. */
export const bundleFiles = {
  config: "config.json",
  /** Process number of the first process. */
  pid: "pid",
  monitorPid: "conmon.pid",
  /** What conmon complains of before it has gone into the background. */
  monitorErrors: "conmon.err",
  /** conmon's SEQPACKET socket. */
  attachSocket: "attach",
  /** conmon's fifo for control messages. */
  control: "ctl",
  /** conmon's older fifo for window sizes; it makes one all the same. */
  windowSize: "winsz",
  /** Made by conmon when the kernel killed for want of memory. */
  outOfMemory: "oom",
  /** Some versions of conmon write the exit code here, too. */
  exit: "exit",
  /** Present when the end of one attacher's input ends the container's. */
  stdinOnce: "stdin-once",
  /** The runtime's own messages, JSON lines. */
  runtimeLog: "runtime.log",
  /** What an exec runs. */
  process: "process.json",
} as const;
