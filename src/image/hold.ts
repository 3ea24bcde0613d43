import { type Digest, notFound } from "../core/index.ts";
import type { Lease, Leases } from "./leases.ts";
import type { Image } from "./types.ts";

/** Images that an operation works with: what they are made of stays until it is disposed of, even if they are removed. */
export class ImageHold implements AsyncDisposable {
  readonly #lease: Lease;
  readonly #images = new Map<Digest, Image>();

  constructor(leases: Leases) {
    this.#lease = leases.open();
  }

  add(image: Image): void {
    this.#images.set(image.id, image);
    for (const digest of [image.id, ...image.layers]) this.#lease.hold(digest);
  }

  /** A layer that the operation makes. */
  keep(diffId: Digest): void {
    this.#lease.hold(diffId);
  }

  /** @throws notFound for one that was not added */
  get(id: Digest): Image {
    const image = this.#images.get(id);
    if (!image) throw notFound(`No such image: ${id}`);
    return image;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lease[Symbol.asyncDispose]();
  }
}
