import { closeFd } from "../kernel/index.ts";

/**
 * Reads a pipe to its end: `take` gets each piece and may return a promise to be waited for before the next read, so
 * that a slow taker holds the writer back. The descriptor is closed at the end.
 */
export class PipeReader {
  readonly done: Promise<void>;
  readonly #reader: ReturnType<typeof read>;

  constructor(
    fd: number,
    private readonly take: (data: Uint8Array) => void | Promise<void>,
  ) {
    this.#reader = read(fd);
    this.done = this.#run().finally(() => closeFd(fd));
  }

  /** Stops reading, even if a writer still holds the pipe. */
  stop(): void {
    void this.#reader.cancel().catch(() => {});
  }

  async #run(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      await this.take(value);
    }
  }
}

function read(fd: number) {
  return Bun.file(fd).stream().getReader();
}
