import { closeSync, openSync, readSync } from "node:fs";
import { CHUNK_SIZE, gzipMember } from "./gzip-member.ts";

// A thread of its own: see compress-pool.ts.

/** Compress `size` bytes of the file from `at` on. */
export interface ChunkRequest {
  readonly path: string;
  readonly at: number;
  /** At most `CHUNK_SIZE`. */
  readonly size: number;
}

/** The answers come in the order of the requests. */
export type ChunkReply = { readonly member: Uint8Array<ArrayBuffer> } | { readonly error: string };

declare const self: Worker;

const buffer = new Uint8Array(CHUNK_SIZE);

function compress({ path, at, size }: ChunkRequest): ChunkReply {
  try {
    const file = openSync(path, "r");
    try {
      for (let done = 0; done < size; ) {
        const count = readSync(file, buffer, done, size - done, at + done);
        if (count === 0) return { error: `${path} became shorter while it was read` };
        done += count;
      }
    } finally {
      closeSync(file);
    }
    return { member: gzipMember(buffer.subarray(0, size)) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

self.onmessage = ({ data }: MessageEvent<ChunkRequest>) => {
  const reply = compress(data);
  postMessage(reply, "member" in reply ? [reply.member.buffer] : []);
};
