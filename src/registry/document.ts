import { type Digest, digestOf, invalid } from "../core/index.ts";
import type { Repository } from "./client/types.ts";

/** Documents such as image configurations are read into memory. */
const MAX_SIZE = 8 << 20;

/** A small blob, whole and verified. `what` names it in errors. @throws invalid */
export async function readDocument(
  repository: Repository,
  blob: { digest: Digest; size: number },
  what: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (blob.size > MAX_SIZE) throw invalid(`${what} is too large: ${blob.size} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of repository.blob(blob, 0, signal)) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  const found = digestOf(bytes);
  if (found === blob.digest) return bytes;
  throw invalid(`${what} is not what its manifest says: it has digest ${found} instead of ${blob.digest}`);
}
