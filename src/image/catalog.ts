import { readFileSync } from "node:fs";
import type { ContentStore } from "../content/index.ts";
import {
  canonical,
  type Digest,
  familiar,
  hexOf,
  invalid,
  isDigest,
  messageOf,
  notFound,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../core/index.ts";
import type { State } from "../state/index.ts";
import { parseImageConfig } from "./documents.ts";
import type { Image } from "./types.ts";

export interface CatalogEntry {
  readonly image: Image;
  readonly parent: Digest | null;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  readonly lastTagAt: number | null;
  /** Forcibly removed while a container still needs it: not shown, gone with the container. */
  readonly orphan: boolean;
}

export interface NewImage {
  readonly image: Image;
  readonly parent: Digest | null;
  readonly references: readonly Reference[];
}

/** Every image and name, in memory to be looked up. What changes is written to the state in one transaction. */
export class Catalog {
  #entries = new Map<Digest, CatalogEntry>();
  /** Image by whole reference. */
  #tags = new Map<string, Digest>();

  constructor(
    private readonly state: State,
    private readonly content: ContentStore,
    private readonly log: (message: string) => void,
  ) {
    this.#load();
  }

  /** Images that are shown, newest first. */
  entries(): CatalogEntry[] {
    return [...this.#entries.values()]
      .filter(({ orphan }) => !orphan)
      .sort((a, b) => createdAt(b) - createdAt(a) || b.storedAt - a.storedAt);
  }

  orphans(): CatalogEntry[] {
    return [...this.#entries.values()].filter(({ orphan }) => orphan);
  }

  /** Orphans too. */
  get(id: Digest): CatalogEntry | undefined {
    return this.#entries.get(id);
  }

  /** @throws notFound, invalid (no name at all, or the beginning of several ids) */
  resolve(name: string): CatalogEntry {
    const found = this.find(name);
    if (found) return found;
    if (isDigest(name)) throw notFound(`No such image: ${name}`);
    if (/^[0-9a-f]{64}$/.test(name)) throw notFound(`No such image: sha256:${name}`);
    throw notFound(`No such image: ${familiar(withDefaultTag(parseReference(name)))}`);
  }

  /** Docker's order: a whole id, a name, then an id's unique beginning. @throws invalid (ambiguous) */
  find(name: string): CatalogEntry | undefined {
    const shown = (id: Digest | undefined) => {
      const entry = id && this.#entries.get(id);
      return entry?.orphan ? undefined : entry;
    };
    const exact = shown(isDigest(name) ? name : `sha256:${name}`);
    if (exact) return exact;
    const reference = readReference(name);
    const named = reference && shown(this.owner(reference));
    if (named) return named;
    const hex = name.startsWith("sha256:") ? name.slice("sha256:".length) : name;
    if (!/^[0-9a-f]{1,63}$/.test(hex)) return undefined;
    const matches = this.entries().filter(({ image }) => hexOf(image.id).startsWith(hex));
    if (matches.length > 1) {
      throw invalid(`ambiguous image id: ${name} fits ${matches.length} images: give more of the id`);
    }
    return matches[0];
  }

  /** The image that has a name; a digest in it counts more than a tag. */
  owner(reference: Reference): Digest | undefined {
    const { tag: _, ...byDigest } = reference;
    return this.#tags.get(canonical(reference.digest ? byDigest : withDefaultTag(reference)));
  }

  /** Names of an image, sorted; with a digest those it was pulled by. */
  references(id: Digest): Reference[] {
    return [...this.#tags]
      .filter(([, owner]) => owner === id)
      .map(([reference]) => reference)
      .sort()
      .map(parseReference);
  }

  /** Tags of an image as people write them. */
  tagsOf(id: Digest): string[] {
    return this.references(id)
      .filter(({ digest }) => !digest)
      .map(familiar);
  }

  /** All names in one repository. */
  inRepository({ domain, path }: Reference): Reference[] {
    return [...this.#tags.keys()]
      .sort()
      .map(parseReference)
      .filter((reference) => reference.domain === domain && reference.path === path);
  }

  /** Images made from this one, one step further. */
  childrenOf(id: Digest): CatalogEntry[] {
    return [...this.#entries.values()].filter(({ parent, orphan }) => parent === id && !orphan);
  }

  /**
   * Runs `work`, which changes the catalog by the methods below, in one transaction. When it throws, memory goes back
   * to what is stored.
   */
  change<T>(work: () => T): T {
    try {
      return this.state.transaction(work);
    } catch (error) {
      this.#load();
      throw error;
    }
  }

  /** An image that is there stays, and is shown again. */
  add({ image, parent, references }: NewImage): void {
    const now = Date.now();
    this.state.images.putImage(image.id, parent, image.layers, now);
    const known = this.#entries.get(image.id);
    this.#entries.set(
      image.id,
      known
        ? { ...known, parent: known.parent ?? parent, orphan: false }
        : { image, parent, storedAt: now, lastTagAt: null, orphan: false },
    );
    for (const reference of references) this.tag(reference, image.id);
  }

  tag(reference: Reference, id: Digest): void {
    const now = Date.now();
    this.state.images.putTag(canonical(reference), id, now);
    this.#tags.set(canonical(reference), id);
    const entry = this.#entries.get(id);
    if (entry) this.#entries.set(id, { ...entry, lastTagAt: now });
  }

  untag(reference: Reference): void {
    this.state.images.deleteTag(canonical(reference));
    this.#tags.delete(canonical(reference));
  }

  /** Takes an image out of sight without removing it. */
  hide(id: Digest): void {
    this.state.images.orphan(id);
    const entry = this.#entries.get(id);
    if (entry) this.#entries.set(id, { ...entry, orphan: true });
  }

  remove(id: Digest): void {
    this.state.images.deleteImage(id);
    this.#entries.delete(id);
    for (const [reference, owner] of this.#tags) if (owner === id) this.#tags.delete(reference);
  }

  #load(): void {
    const known = this.#entries;
    this.#entries = new Map();
    for (const row of this.state.images.images()) {
      const image = known.get(row.id)?.image ?? this.#read(row.id);
      if (image) this.#entries.set(row.id, { ...row, image });
    }
    this.#tags = new Map(this.state.images.tags().map(({ reference, imageId }) => [reference, imageId]));
  }

  /** Undefined (and said in the log) when its configuration was lost: the engine starts without this image. */
  #read(id: Digest): Image | undefined {
    try {
      const config = parseImageConfig(readFileSync(this.content.path(id)), `image configuration ${id}`);
      return { id, config, layers: this.state.images.layersOf(id) };
    } catch (error) {
      this.log(`image ${id} cannot be used: ${messageOf(error)}`);
      return undefined;
    }
  }
}

function readReference(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch {
    return undefined;
  }
}

/** Milliseconds since the epoch at which an image says it was made. */
export function createdAt({ image }: CatalogEntry): number {
  const time = Date.parse(image.config.created ?? "");
  return Number.isNaN(time) ? 0 : time;
}
