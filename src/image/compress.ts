import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Digest, Digester } from "../core/index.ts";

/** interim */
export async function compressLayer(
  tarPath: string,
  target: string,
  signal: AbortSignal,
): Promise<{ digest: Digest; size: number }> {
  const digester = new Digester();
  await pipeline(
    createReadStream(tarPath, { highWaterMark: 1 << 20 }),
    createGzip({ level: 4 }),
    async function* (source: AsyncIterable<Uint8Array>) {
      for await (const piece of source) {
        digester.update(piece);
        yield piece;
      }
    },
    createWriteStream(target, { flags: "wx", mode: 0o600 }),
    { signal },
  );
  return { digest: digester.digest(), size: digester.size };
}
