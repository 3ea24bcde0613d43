import { codeOf } from "../core/index.ts";
import { closeFd } from "../kernel/index.ts";
import { InputQueue } from "./input-queue.ts";

/** Writes to a process's standard input through a pipe, in order and with backpressure. */
export class PipeWriter {
  readonly #queue = new InputQueue();
  readonly #sink: Bun.FileSink;
  readonly #abandoned = Promise.withResolvers<void>();
  #open = true;

  constructor(private readonly fd: number) {
    this.#sink = Bun.file(fd).writer({ highWaterMark: 1 });
  }

  /** Resolves when the pipe has taken the bytes, or at once when nobody reads any more. */
  write(data: Uint8Array): Promise<void> {
    const taken = this.#queue.run(async () => {
      if (!this.#open) return;
      try {
        await this.#sink.write(data);
      } catch (error) {
        await this.#close();
        if (codeOf(error) !== "EPIPE") throw error;
      }
    });
    return Promise.race([taken, this.#abandoned.promise]);
  }

  /** The reader sees the end of file after what was written before. */
  end(): Promise<void> {
    return this.#queue.run(() => this.#close());
  }

  /** The process is gone: nobody waits for the pipe any more, though something may still hold its other end. */
  abandon(): void {
    this.#abandoned.resolve();
    void this.end();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.#sink.end();
    } catch (error) {
      if (codeOf(error) !== "EPIPE") throw error;
    } finally {
      closeFd(this.fd);
    }
  }
}
