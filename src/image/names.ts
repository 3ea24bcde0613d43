import type { Digest } from "../core/index.ts";

export interface Name {
  readonly id: Digest;
  /** The manifest or index it stands for; null for one that was only given here. */
  readonly target: Digest | null;
}

/** What names stand for, by whole reference; found by image too. */
export class Names {
  readonly #names = new Map<string, Name>();
  readonly #ofImage = new Map<Digest, Set<string>>();

  get(written: string): Name | undefined {
    return this.#names.get(written);
  }

  set(written: string, name: Name): void {
    this.delete(written);
    this.#names.set(written, name);
    const own = this.#ofImage.get(name.id) ?? new Set();
    this.#ofImage.set(name.id, own.add(written));
  }

  delete(written: string): void {
    const id = this.#names.get(written)?.id;
    if (id === undefined) return;
    this.#names.delete(written);
    const own = this.#ofImage.get(id);
    own?.delete(written);
    if (own?.size === 0) this.#ofImage.delete(id);
  }

  /** Names of one image, sorted. */
  of(id: Digest): string[] {
    return [...(this.#ofImage.get(id) ?? [])].sort();
  }

  all(): IterableIterator<[string, Name]> {
    return this.#names.entries();
  }

  /** Everything that a name stands for, each once. */
  targets(): Set<Digest> {
    const found = new Set<Digest>();
    for (const { target } of this.#names.values()) if (target) found.add(target);
    return found;
  }
}
