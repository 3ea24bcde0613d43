import { invalid } from "./errors.ts";

/** A content digest as the OCI image specification writes it. Only sha256 is stored. */
export type Digest = `sha256:${string}`;

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** @throws invalid when the text is not `sha256:` and 64 lower-case hexadecimal digits. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text))
    throw invalid(`invalid digest ${JSON.stringify(text)}: expected sha256:<64 hex digits>`);
  return text;
}

/** The 64 hexadecimal digits. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${new Bun.CryptoHasher("sha256").update(content).digest("hex")}`;
}

/** An incremental digest: `update` with each piece, then `digest` once. */
export class Digester {
  // Not node:crypto: loading that takes 2 ms of every command.
  readonly #hash = new Bun.CryptoHasher("sha256");
  size = 0;
  update(piece: Uint8Array): this {
    this.#hash.update(piece);
    this.size += piece.byteLength;
    return this;
  }
  digest(): Digest {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
