import { createReadStream, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, type Digest, Digester, hexOf, invalid, isDigest, newId, notFound } from "../core/index.ts";
import { openWriter, Partials } from "./partial.ts";
import type { ContentStore, PartialBlob } from "./types.ts";
import { writeWhole } from "./write-whole.ts";

/** Bytes per read when a blob is streamed. */
const READ_SIZE = 1 << 20;
/** Small pieces are gathered up to this many bytes before they are written. */
const WRITE_SIZE = 1 << 18;
/** A download that nobody went on with for this long is given up. Milliseconds. */
const PARTIAL_AGE = 24 * 3600 * 1000;
/** Of a download that breaks off with fewer bytes nothing is kept: so much is soon fetched again. */
const LEAST_KEPT = 4 << 20;

/**
 * Opens (or makes) the store under `root`: `blobs/sha256/<hex>` holds whole blobs, `ingest/` what is still being
 * written, `partial/<hex>` downloads that broke off after at least `leastKept` bytes. Whatever an interrupted process left in `ingest/` is removed here.
 */
export function openContent(
  root: string,
  { leastKept = LEAST_KEPT }: { leastKept?: number } = {},
): ContentStore {
  return new FileContentStore(root, leastKept);
}

class FileContentStore implements ContentStore {
  readonly #blobs: string;
  readonly #ingest: string;
  readonly #partials: Partials;

  constructor(root: string, leastKept: number) {
    this.#blobs = join(root, "blobs", "sha256");
    this.#ingest = join(root, "ingest");
    mkdirSync(this.#blobs, { recursive: true, mode: 0o700 });
    this.#partials = new Partials(join(root, "partial"), leastKept);
    rmSync(this.#ingest, { recursive: true, force: true });
    mkdirSync(this.#ingest, { mode: 0o700 });
    this.#partials.drop(PARTIAL_AGE);
  }

  has(digest: Digest): boolean {
    return statSync(this.#file(digest), { throwIfNoEntry: false }) !== undefined;
  }

  size(digest: Digest): number {
    const found = statSync(this.#file(digest), { throwIfNoEntry: false });
    if (!found) throw missing(digest);
    return found.size;
  }

  path(digest: Digest): string {
    if (!this.has(digest)) throw missing(digest);
    return this.#file(digest);
  }

  async read(digest: Digest): Promise<Uint8Array> {
    try {
      return await readFile(this.#file(digest));
    } catch (error) {
      throw codeOf(error) === "ENOENT" ? missing(digest) : error;
    }
  }

  async *stream(digest: Digest, from = 0): AsyncIterable<Uint8Array> {
    yield* createReadStream(this.path(digest), { highWaterMark: READ_SIZE, start: from });
  }

  partial(digest: Digest): Promise<PartialBlob> {
    return this.#partials.open(hexOf(digest), (path) => this.#install(path, digest));
  }

  writer(digest: Digest): Promise<PartialBlob> {
    return openWriter(this.temporary(), (path) => this.#install(path, digest));
  }

  dropPartials(age: number): number {
    return this.#partials.drop(age);
  }

  async ingest(
    source: AsyncIterable<Uint8Array> | Uint8Array,
    expected: { digest?: Digest; size?: number; claim?: (digest: Digest) => void } = {},
  ): Promise<{ digest: Digest; size: number; isNew: boolean }> {
    const temporary = this.temporary();
    try {
      const digester = new Digester();
      await writeAll(temporary, source, digester, expected.size);
      const { size } = digester;
      const digest = digester.digest();
      if (expected.size !== undefined && size !== expected.size) {
        throw invalid(`content is ${size} bytes long, expected ${expected.size}`);
      }
      if (expected.digest && digest !== expected.digest) {
        throw invalid(`content has digest ${digest}, expected ${expected.digest}`);
      }
      expected.claim?.(digest);
      return { digest, size, isNew: await this.#install(temporary, digest) };
    } finally {
      await this.discard(temporary);
    }
  }

  temporary(): string {
    return join(this.#ingest, newId());
  }

  async adopt(temporary: string, digest: Digest): Promise<void> {
    if (!this.has(digest)) {
      const file = await open(temporary, "r");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    }
    await this.#install(temporary, digest);
  }

  async discard(temporary: string): Promise<void> {
    await rm(temporary, { recursive: true, force: true });
  }

  async delete(digest: Digest): Promise<void> {
    const leaving = this.temporary();
    try {
      renameSync(this.#file(digest), leaving);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return;
      throw error;
    }
    await this.discard(leaving);
  }

  list(): Digest[] {
    return readdirSync(this.#blobs)
      .map((name) => `sha256:${name}`)
      .filter(isDigest)
      .sort();
  }

  #file(digest: Digest): string {
    return join(this.#blobs, hexOf(digest));
  }

  /** The synced file `temporary` becomes the blob, unless it is there already; then the old file stays. */
  async #install(temporary: string, digest: Digest): Promise<boolean> {
    if (this.has(digest)) {
      await this.discard(temporary);
      return false;
    }
    renameSync(temporary, this.#file(digest));
    await syncDirectory(this.#blobs);
    return true;
  }
}

function missing(digest: Digest) {
  return notFound(`content ${digest} is not stored`);
}

/** Writes and syncs a new file. Reading stops as soon as more than `limit` bytes came. */
async function writeAll(
  path: string,
  source: AsyncIterable<Uint8Array> | Uint8Array,
  digester: Digester,
  limit = Number.POSITIVE_INFINITY,
): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    if (source instanceof Uint8Array) {
      digester.update(source);
      await writeWhole(file, source);
    } else {
      for await (const piece of gathered(source)) {
        if (digester.size + piece.byteLength > limit) {
          throw invalid(`content is longer than the expected ${limit} bytes`);
        }
        // The write takes place on a thread of the runtime's, while this one hashes.
        const writing = writeWhole(file, piece);
        digester.update(piece);
        await writing;
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function* gathered(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    waiting.push(piece);
    size += piece.byteLength;
    if (size < WRITE_SIZE) continue;
    yield waiting.length === 1 ? piece : Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
