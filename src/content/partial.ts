import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { internal } from "../core/index.ts";
import type { PartialBlob } from "./types.ts";
import { writeWhole } from "./write-whole.ts";

const READ_SIZE = 1 << 20;

/** Makes a synced file a blob, and tells whether it is a new one. */
type Install = (path: string) => Promise<boolean>;

/** The files of `directory`, each a blob that has not come whole yet. */
export class Partials {
  readonly #open = new Set<string>();

  /** @param leastKept what broke off with fewer bytes is not kept */
  constructor(
    private readonly directory: string,
    private readonly leastKept: number,
  ) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  async open(name: string, install: Install): Promise<PartialBlob> {
    if (this.#open.has(name)) throw internal(`download ${name} is being written already`);
    this.#open.add(name);
    try {
      const path = join(this.directory, name);
      const file = await open(path, "a", 0o600);
      const { size } = await file.stat();
      return new PartialFile(path, file, size, install, (bytes) => {
        if (bytes < this.leastKept) rmSync(path, { force: true });
        this.#open.delete(name);
      });
    } catch (error) {
      this.#open.delete(name);
      throw error;
    }
  }

  /** Removes those that nobody has open and nobody wrote to for `age` milliseconds; returns their bytes. */
  drop(age: number): number {
    let freed = 0;
    for (const name of readdirSync(this.directory)) {
      const path = join(this.directory, name);
      const found = statSync(path, { throwIfNoEntry: false });
      if (!found || this.#open.has(name) || Math.max(0, Date.now() - found.mtimeMs) < age) continue;
      rmSync(path, { force: true });
      freed += found.size;
    }
    return freed;
  }
}

/** A new file that goes away unless it is committed. */
export async function openWriter(path: string, install: Install): Promise<PartialBlob> {
  const file = await open(path, "wx", 0o600);
  return new PartialFile(path, file, 0, install, () => rmSync(path, { force: true }));
}

class PartialFile implements PartialBlob {
  #isOpen = true;
  #bytes: number;

  /** @param release hears how many bytes there were when it was let go of */
  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    readonly size: number,
    private readonly install: Install,
    private readonly release: (bytes: number) => void,
  ) {
    this.#bytes = size;
  }

  async *kept(): AsyncIterable<Uint8Array> {
    if (this.size > 0) yield* createReadStream(this.path, { highWaterMark: READ_SIZE, end: this.size - 1 });
  }

  async write(piece: Uint8Array): Promise<void> {
    await writeWhole(this.file, piece);
    this.#bytes += piece.byteLength;
  }

  async commit(): Promise<boolean> {
    await this.file.sync();
    await this.file.close();
    this.#isOpen = false;
    try {
      return await this.install(this.path);
    } finally {
      this.release(this.#bytes);
    }
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
    await this.close();
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.file.close();
    this.release(this.#bytes);
  }
}
