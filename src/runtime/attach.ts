import { existsSync } from "node:fs";
import { join } from "node:path";
import { internal } from "../core/index.ts";
import { KernelError } from "../kernel/index.ts";
import { bundleFiles } from "./bundle-files.ts";
import { FrameQueue } from "./frame-queue.ts";
import { InputQueue } from "./input-queue.ts";
import { isRunning } from "./process-status.ts";
import { readPid } from "./read-pid.ts";
import { SeqpacketStream } from "./seqpacket-stream.ts";
import type { Attachment, OutputFrame } from "./types.ts";

/** First byte of conmon's packets. */
const STDOUT = 2;
const STDERR = 3;
/** conmon reads input packets into a buffer of this size; the rest of a longer one would be lost. */
const PACKET = 8192;
const CHECK_MS = 250;

/**
 * Joins the streams of a container through conmon's socket in its bundle. When conmon is gone already the attachment
 * has ended: the container's exit tells the rest.
 */
export async function attachToMonitor(
  bundle: string,
  options: { tty: boolean; stdin: boolean },
): Promise<Attachment> {
  const attachment = new MonitorAttachment(bundle, options.tty, options.stdin);
  await attachment.connect();
  return attachment;
}

/** An attachment to something that gives no output and takes no input. */
export function endedAttachment(tty: boolean): Attachment {
  const attachment = new MonitorAttachment("", tty, false);
  attachment.output.end();
  return attachment;
}

class MonitorAttachment implements Attachment {
  readonly output: FrameQueue;
  readonly #input = new InputQueue();
  #stream: SeqpacketStream | undefined;
  #check: ReturnType<typeof setInterval> | undefined;
  #detached = false;

  constructor(
    private readonly bundle: string,
    readonly tty: boolean,
    private readonly stdin: boolean,
  ) {
    this.output = new FrameQueue({ pause: () => this.#pause(), resume: () => this.#resume() });
  }

  async connect(): Promise<void> {
    const path = join(this.bundle, bundleFiles.attachSocket);
    try {
      this.#stream = await SeqpacketStream.connect(path, {
        packet: (data) => this.#receive(data),
        closed: () => this.#closed(),
      });
    } catch (error) {
      const gone = error instanceof KernelError && (error.code === "ENOENT" || error.code === "ECONNREFUSED");
      if (!gone) throw internal(`cannot attach to the container's streams at ${path}`, error);
      this.output.end();
    }
  }

  write(data: Uint8Array): Promise<void> {
    if (!this.stdin) return Promise.resolve();
    return this.#input.run(async () => {
      for (let at = 0; at < data.byteLength; at += PACKET) {
        if (!(await this.#stream?.send(data.subarray(at, at + PACKET)))) return;
      }
    });
  }

  closeInput(): void {
    if (this.stdin) void this.#input.run(() => this.#stream?.endInput());
  }

  close(): void {
    this.#detached = true;
    this.output.discard();
    // conmon takes any connection's end for the end of input where input is to be closed once: one who only looked on
    // must not end it, so such a connection stays and its packets are dropped.
    if (this.stdin || !existsSync(join(this.bundle, bundleFiles.stdinOnce))) this.#stream?.close();
  }

  #receive(packet: Uint8Array): void {
    if (this.#detached || packet.byteLength < 2) return;
    const stream = frameStream(packet[0]);
    if (stream) this.output.push({ stream, data: packet.slice(1) });
  }

  #closed(): void {
    clearInterval(this.#check);
    this.output.end();
  }

  /**
   * conmon writes to us before it does anything else: while we do not read, it would not even notice that the container
   * has ended. So once the process is gone the little that is left in its pipes is taken in, read or not.
   */
  #pause(): void {
    this.#stream?.pause();
    this.#check ??= setInterval(() => {
      const pid = readPid(join(this.bundle, bundleFiles.pid));
      if (this.output.paused && (pid === undefined || !isRunning(pid))) this.#stream?.resume();
    }, CHECK_MS);
  }

  #resume(): void {
    clearInterval(this.#check);
    this.#check = undefined;
    this.#stream?.resume();
  }
}

function frameStream(mark: number | undefined): OutputFrame["stream"] | undefined {
  if (mark === STDOUT) return "stdout";
  return mark === STDERR ? "stderr" : undefined;
}
