import type { Attachment, OutputFrame } from "../runtime/index.ts";

/** An attachment that the test plays the process of. */
export class TestAttachment implements Attachment {
  readonly tty: boolean;
  readonly written: Buffer[] = [];
  inputClosed = false;
  closed = false;
  /** While set, `write` waits for it, as when a process does not read. */
  gate: Promise<void> | undefined;
  /** Frames that the consumer has taken. */
  taken = 0;
  #frames: OutputFrame[] = [];
  #ended = false;
  #changed = Promise.withResolvers<void>();

  constructor(tty = false) {
    this.tty = tty;
  }

  get input(): string {
    return Buffer.concat(this.written).toString("latin1");
  }

  say(text: string | Uint8Array, stream: "stdout" | "stderr" = "stdout"): void {
    this.#frames.push({ stream, data: Buffer.from(text as string) });
    this.#wake();
  }

  /** The process has gone. */
  exit(): void {
    this.#ended = true;
    this.#wake();
  }

  readonly output: AsyncIterable<OutputFrame> = this.#read();

  async write(data: Uint8Array): Promise<void> {
    await this.gate;
    this.written.push(Buffer.from(data));
  }

  closeInput(): void {
    this.inputClosed = true;
  }

  close(): void {
    this.closed = true;
    this.exit();
  }

  async *#read(): AsyncGenerator<OutputFrame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) {
        this.taken++;
        yield frame;
      } else if (this.#ended) return;
      else await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
