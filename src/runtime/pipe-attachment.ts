import { FrameQueue } from "./frame-queue.ts";
import { PipeReader } from "./pipe-reader.ts";
import { PipeWriter } from "./pipe-writer.ts";
import type { Attachment, OutputFrame } from "./types.ts";

/** How long output is waited for when the command has ended but something it started holds its pipes. */
const GRACE_MS = 2000;
/** More than can be left in the pipes of a command that has ended. */
const LEFT_OVER = 1 << 20;

export interface PipeEnds {
  /** Our ends: what we write to standard input, what we read from the other two. Absent: not connected. */
  readonly stdin?: number;
  readonly stdout?: number;
  readonly stderr?: number;
}

/** The standard streams of a process that has pipes for them. */
export class PipeAttachment implements Attachment {
  readonly tty = false;
  readonly output: FrameQueue;
  readonly #readers: PipeReader[] = [];
  readonly #writer: PipeWriter | undefined;
  #detached = false;
  #gate: PromiseWithResolvers<void> | undefined;
  /** Bytes that are read whether or not the reader keeps up. */
  #freely = 0;

  /** Nothing is passed on before `started`; with false what comes is not the command's and is dropped. */
  constructor(
    ends: PipeEnds,
    private readonly started: Promise<boolean>,
  ) {
    this.#writer = ends.stdin === undefined ? undefined : new PipeWriter(ends.stdin);
    this.output = new FrameQueue({
      pause: () => {
        this.#gate = Promise.withResolvers();
      },
      resume: () => {
        this.#gate?.resolve();
        this.#gate = undefined;
      },
    });
    for (const stream of ["stdout", "stderr"] as const) {
      const fd = ends[stream];
      if (fd !== undefined) this.#readers.push(new PipeReader(fd, (data) => this.#receive(stream, data)));
    }
    void this.#drained().then(() => this.output.end());
  }

  write(data: Uint8Array): Promise<void> {
    return this.#writer?.write(data) ?? Promise.resolve();
  }

  closeInput(): void {
    void this.#writer?.end();
  }

  close(): void {
    this.#detached = true;
    this.closeInput();
    this.output.discard();
  }

  /** The command is gone; its last output may still be in the pipes, and its children may still hold them. */
  processEnded(): void {
    this.#writer?.abandon();
    this.#freely = LEFT_OVER;
    this.#gate?.resolve();
    const timer = setTimeout(() => {
      for (const reader of this.#readers) reader.stop();
    }, GRACE_MS);
    void this.#drained().then(() => clearTimeout(timer));
  }

  async #receive(stream: OutputFrame["stream"], data: Uint8Array): Promise<void> {
    const real = await this.started;
    if (!real || this.#detached) return;
    this.output.push({ stream, data });
    if (this.#freely > 0) this.#freely -= data.byteLength;
    else await this.#gate?.promise;
  }

  async #drained(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.done));
  }
}
