import type { Digest } from "../core/index.ts";

/** What a lease works on: blobs and the layers made of them. */
export interface Leasable {
  /** Something that stays speaks of it: an image, a remembered build result. */
  isNeeded(digest: Digest): boolean;
  /** Removes blob and layer. Must take both out of sight before it returns. */
  remove(digest: Digest): Promise<void>;
}

/**
 * Keeps blobs and layers from being removed under the operations that rely on them, and takes away again what an
 * operation made and nobody came to need: two loads may share a new layer, and an image may go while it is saved.
 */
export class Leases {
  readonly #holders = new Map<Digest, number>();
  /** To be removed with the last lease, unless it is needed by then. */
  readonly #loose = new Set<Digest>();

  constructor(private readonly store: Leasable) {}

  open(): Lease {
    return new Lease(this);
  }

  hold(digest: Digest): void {
    this.#holders.set(digest, (this.#holders.get(digest) ?? 0) + 1);
  }

  /** Some operation relies on it now. */
  isHeld(digest: Digest): boolean {
    return this.#holders.has(digest);
  }

  /** It goes when nobody holds or needs it: now, or with its last lease. */
  async discard(digest: Digest): Promise<void> {
    if (this.store.isNeeded(digest)) return;
    if (this.#holders.has(digest)) this.#loose.add(digest);
    else await this.store.remove(digest);
  }

  async release(digest: Digest): Promise<void> {
    const left = (this.#holders.get(digest) ?? 0) - 1;
    if (left > 0) {
      this.#holders.set(digest, left);
      return;
    }
    this.#holders.delete(digest);
    if (this.#loose.delete(digest)) await this.discard(digest);
  }

  markLoose(digest: Digest): void {
    this.#loose.add(digest);
  }
}

export class Lease implements AsyncDisposable {
  readonly #held = new Set<Digest>();

  constructor(private readonly leases: Leases) {}

  /** It was there before and must stay while this lease lasts. */
  hold(digest: Digest): void {
    if (this.#held.has(digest)) return;
    this.#held.add(digest);
    this.leases.hold(digest);
  }

  /** This operation makes it; if nobody needs it in the end, it goes again. */
  made(digest: Digest): void {
    this.hold(digest);
    this.leases.markLoose(digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const held = [...this.#held];
    this.#held.clear();
    await Promise.all(held.map((digest) => this.leases.release(digest)));
  }
}
