import { type FileHandle, open } from "node:fs/promises";
import { codeOf, nowNanos } from "../core/index.ts";
import { ChangeWatch } from "./changes.ts";
import { LineFilter } from "./filter.ts";
import { findTail, type TailStart } from "./tail.ts";
import type { LogReadOptions } from "./types.ts";

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;

/** Whole lines of the log's file. */
export interface Chunk {
  /** Good until the next chunk is asked for, if buffers are reused. */
  readonly bytes: Buffer;
  /** Where in the file they begin. */
  readonly offset: number;
  /** For each stream, from which offset on its records are wanted. */
  readonly from: TailStart;
  /** To be set by the reader when nothing that follows can be wanted. */
  done: boolean;
}

const EVERYTHING: TailStart = { stdout: 0, stderr: 0 };

/**
 * The file's bytes as they come, cut between lines; the last line only when its end has been written. With `follow`,
 * goes on until that has ended or was aborted, also when the file is not there yet. `reuse` reads all chunks into one
 * buffer.
 */
export async function* readChunks(
  path: string,
  options: LogReadOptions,
  reuse: boolean,
): AsyncGenerator<Chunk> {
  const { follow } = options;
  using changes = follow ? new ChangeWatch(path) : undefined;
  const state = { ended: false };
  const onAbort = () => changes?.notice();
  follow?.signal?.addEventListener("abort", onAbort, { once: true });
  const onEnd = () => {
    state.ended = true;
    changes?.notice();
  };
  follow?.ended.then(onEnd, onEnd);
  const reader = new ChunkReader(path, options, reuse);
  try {
    for (;;) {
      // Asked before reading: what is written before the end is read.
      const last = !follow || state.ended;
      for await (const chunk of reader.toEnd()) {
        yield chunk;
        if (chunk.done || follow?.signal?.aborted) return;
      }
      if (last || follow?.signal?.aborted) return;
      const within = millisecondsUntil(options.until);
      if (within <= 0) return;
      await changes?.next(within);
    }
  } finally {
    follow?.signal?.removeEventListener("abort", onAbort);
    await reader.close();
  }
}

function millisecondsUntil(moment: bigint | undefined): number {
  return moment === undefined ? Number.POSITIVE_INFINITY : Math.ceil(Number(moment - nowNanos()) / 1e6);
}

class ChunkReader {
  #file: FileHandle | undefined;
  #position = 0;
  #buffer: Buffer = Buffer.alloc(0);
  /** The beginning of a line whose end has not been read yet. */
  #carry: Buffer = Buffer.alloc(0);
  #from = EVERYTHING;
  #wasMissing = false;

  constructor(
    private readonly path: string,
    private readonly options: LogReadOptions,
    private readonly reuse: boolean,
  ) {}

  async *toEnd(): AsyncGenerator<Chunk> {
    const file = await this.#open();
    if (!file) return;
    for (;;) {
      const buffer = this.#room(this.#carry.length + CHUNK);
      const { bytesRead } = await file.read(buffer, this.#carry.length, CHUNK, this.#position);
      if (bytesRead === 0) return;
      this.#carry.copy(buffer);
      const offset = this.#position - this.#carry.length;
      this.#position += bytesRead;
      const have = buffer.subarray(0, this.#carry.length + bytesRead);
      const end = have.lastIndexOf(NEWLINE) + 1;
      this.#carry = Buffer.from(have.subarray(end));
      if (end > 0) yield { bytes: have.subarray(0, end), offset, from: this.#from, done: false };
    }
  }

  #room(size: number): Buffer {
    if (!this.reuse || this.#buffer.length < size) this.#buffer = Buffer.allocUnsafe(size);
    return this.#buffer;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #open(): Promise<FileHandle | undefined> {
    if (this.#file) return this.#file;
    try {
      this.#file = await open(this.path, "r");
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      this.#wasMissing = true;
      return undefined;
    }
    const { tail } = this.options;
    // In a file that has appeared meanwhile everything is new.
    if (tail !== undefined && !this.#wasMissing) {
      const end = await lastLineEnd(this.#file);
      this.#from = await findTail(this.#file, end, Math.max(0, tail), new LineFilter(this.options));
      this.#position = Math.min(this.#from.stdout, this.#from.stderr);
    }
    return this.#file;
  }
}

/** Offset after the last newline of the file. */
async function lastLineEnd(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const block = Buffer.allocUnsafe(Math.min(size, 64 * 1024));
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const newline = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
