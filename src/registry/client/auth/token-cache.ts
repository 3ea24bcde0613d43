import { unlessAborted } from "../../../core/index.ts";
import type { Token } from "./token.ts";

/** Tokens that are kept; the oldest goes first. */
const AT_MOST = 256;

/** Tokens by what they are good for, until they expire. One that is on its way is waited for, not asked for twice. */
export class TokenCache {
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(private readonly now: () => number) {}

  async get(key: string, fetch: () => Promise<Token>, signal: AbortSignal): Promise<string> {
    for (let known = this.#tokens.get(key); known; known = this.#tokens.get(key)) {
      // The failure of another request, or its end, is not ours: we ask ourselves.
      const token = await unlessAborted(
        known.catch(() => undefined),
        signal,
      );
      if (token && token.expires > this.now()) return token.value;
      if (this.#tokens.get(key) === known) this.#tokens.delete(key);
    }
    const fetched = fetch();
    this.#tokens.set(key, fetched);
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= AT_MOST) break;
      this.#tokens.delete(oldest);
    }
    try {
      return (await fetched).value;
    } catch (error) {
      if (this.#tokens.get(key) === fetched) this.#tokens.delete(key);
      throw error;
    }
  }

  /** A server has refused it. */
  drop(key: string): void {
    this.#tokens.delete(key);
  }
}
