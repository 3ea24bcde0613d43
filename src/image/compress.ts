import { type FileHandle, open, readFile, rm, stat } from "node:fs/promises";
import { writeWhole } from "../content/index.ts";
import { type Digest, Digester } from "../core/index.ts";
import { borrowThreads } from "./compress-pool.ts";
import { CHUNK_SIZE, gzipMember } from "./gzip-member.ts";

/** Less than this is compressed sooner than a thread has started. */
const SMALL = 1 << 17;

export interface CompressOptions {
  readonly signal: AbortSignal;
  /** Hears how many bytes of the source are done. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Compresses the file `source` into the new file `target`, which is not synced. The result is a sequence of gzip members
 * (RFC 1952, section 2.2), made on all processors, the same for the same input. A few megabytes of memory, whatever
 * the size. When it fails or `signal` aborts it, there is no `target`.
 *
 * @returns digest and size of `target`
 * @throws internal; the signal's reason; errors of the file system
 */
export async function gzipFile(
  source: string,
  target: string,
  options: CompressOptions,
): Promise<{ digest: Digest; size: number }> {
  options.signal.throwIfAborted();
  const file = await open(target, "wx", 0o600);
  try {
    return await writeMembers(file, members(source, options)).finally(() => file.close());
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function writeMembers(file: FileHandle, members: AsyncIterable<Uint8Array>) {
  const digester = new Digester();
  for await (const member of members) {
    // The write takes place on a thread of the runtime's, while this one hashes.
    const writing = writeWhole(file, member);
    digester.update(member);
    await writing;
  }
  const { size } = digester;
  return { digest: digester.digest(), size };
}

async function* members(source: string, { signal, onProgress }: CompressOptions) {
  const { size } = await stat(source);
  if (size <= SMALL) {
    yield gzipMember(new Uint8Array(await readFile(source)));
    onProgress?.(size);
    return;
  }
  using threads = borrowThreads();
  const underWay: Promise<Uint8Array>[] = [];
  let asked = 0;
  for (let done = 0; done < size; ) {
    while (asked < size && underWay.length < threads.depth) {
      const request = { path: source, at: asked, size: Math.min(CHUNK_SIZE, size - asked) };
      const member = threads.compress(request);
      // It is awaited only if nothing fails before its turn.
      member.catch(() => {});
      underWay.push(member);
      asked += request.size;
    }
    yield await (underWay.shift() as Promise<Uint8Array>);
    signal.throwIfAborted();
    done = Math.min(done + CHUNK_SIZE, size);
    onProgress?.(done);
  }
}
