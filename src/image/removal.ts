import {
  conflict,
  type Digest,
  familiar,
  hexOf,
  parseReference,
  type Reference,
  shortId,
} from "../core/index.ts";
import type { ImageDeleteItem } from "../spec/index.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";
import { chainIds } from "./chain.ts";
import type { ImageUse } from "./types.ts";

export interface RemovalOptions {
  readonly force?: boolean;
  /** Leaves untagged parents. */
  readonly noPrune?: boolean;
}

/** Something that happened to an image, in order; told when all of it is written. */
export interface RemovalEvent {
  readonly action: "untag" | "delete";
  readonly entry: CatalogEntry;
}

interface Refusal {
  readonly hard: boolean;
  readonly why: string;
  /** The image's names alone stand in the way. */
  readonly named?: boolean;
}

/**
 * `rmi NAME` by Docker's rules: a name is untagged, and the image goes with its last one; an id takes its one name
 * along. Changes the catalog, so it must run in a `change`.
 * @throws conflict in Docker's words; notFound
 */
export function removeImage(
  catalog: Catalog,
  uses: (id: Digest) => readonly ImageUse[],
  name: string,
  options: RemovalOptions,
): { items: ImageDeleteItem[]; events: RemovalEvent[] } {
  const removal = new Removal(catalog, uses);
  removal.remove(name, options);
  return { items: removal.items, events: removal.events };
}

/** One removal's work and what it has to tell. Must be used inside of the catalog's `change`. */
export class Removal {
  readonly items: ImageDeleteItem[] = [];
  readonly events: RemovalEvent[] = [];

  constructor(
    private readonly catalog: Catalog,
    private readonly uses: (id: Digest) => readonly ImageUse[],
  ) {}

  remove(name: string, { force = false, noPrune = false }: RemovalOptions): void {
    const entry = this.catalog.resolve(name);
    const { id } = entry.image;
    const variants = this.catalog.variantsOf(id);
    this.#remove(entry, name, { force, noPrune });
    for (const variant of variants) this.#dropVariant(variant);
    this.catalog.dropUnnamedIndexes();
  }

  /**
   * Takes an image's names and then the image, unless something else still stands on it. Indexes that no name stands for
   * afterwards are left to `dropUnnamedIndexes`.
   */
  prune(entry: CatalogEntry): void {
    const { id } = entry.image;
    const variants = this.catalog.variantsOf(id);
    if (this.#refusals(entry).some(({ named }) => !named)) return;
    for (const reference of this.catalog.references(id)) this.#untag(entry, reference);
    this.#drop(entry);
    this.#dropParents(entry);
    for (const variant of variants) this.#dropVariant(variant);
  }

  #remove(entry: CatalogEntry, name: string, { force, noPrune }: Required<RemovalOptions>): void {
    const { id } = entry.image;
    if (!isIdOf(name, id)) {
      this.#untagByName(entry, name, force);
      if (this.catalog.isNamed(id) || this.catalog.isVariant(id)) return;
      // The name is gone; an image that is needed stays without one.
      if (this.#blocking(entry, force)) return;
    } else {
      const single = isOneName(this.catalog.references(id));
      const blocking = this.#blocking(entry, force, single);
      if (blocking) throw refuse(entry, blocking);
      for (const reference of this.catalog.references(id)) this.#untag(entry, reference);
    }
    this.#drop(entry);
    if (!noPrune) this.#dropParents(entry);
  }

  #untagByName(entry: CatalogEntry, name: string, force: boolean): void {
    const { id } = entry.image;
    const [use] = this.uses(id);
    if (!force && use && isOneName(this.catalog.references(id))) {
      throw conflict(
        `conflict: unable to remove repository reference ${JSON.stringify(name)} (must force) - container ${shortId(use.containerId)} is using its referenced image ${shortId(id)}`,
      );
    }
    const written = parseReference(name);
    const sameRepository = ({ domain, path }: Reference) =>
      domain === written.domain && path === written.path;
    const own = this.catalog
      .references(id)
      .filter(sameRepository)
      .find(({ tag, digest }) =>
        written.digest ? digest === written.digest : !digest && tag === (written.tag ?? "latest"),
      );
    if (own) this.#untag(entry, own);
    // Without a tag left in a repository, the digests it was pulled by there mean nothing any more.
    const left = this.catalog.references(id).filter(sameRepository);
    if (!written.digest && left.every(({ digest }) => digest)) {
      for (const reference of left) this.#untag(entry, reference);
    }
  }

  #untag(entry: CatalogEntry, reference: Reference): void {
    this.catalog.untag(reference);
    this.items.push({ Untagged: familiar(reference) });
    this.events.push({ action: "untag", entry });
  }

  /** A container that does not run goes on needing its layers: the image is then only hidden. */
  #drop(entry: CatalogEntry): void {
    const { id, layers } = entry.image;
    this.events.push({ action: "delete", entry });
    this.items.push({ Deleted: id });
    if (this.uses(id).length > 0) {
      this.catalog.hide(id);
      return;
    }
    this.catalog.remove(id);
    const shared = Math.max(0, ...this.catalog.all().map(({ image }) => sharedLayers(image.layers, layers)));
    const gone = shared < layers.length ? chainIds(layers).slice(shared) : [];
    for (const chainId of gone.reverse()) this.items.push({ Deleted: chainId });
  }

  /** An image for another platform goes with the name that stood for both, unless something else needs it. */
  #dropVariant(id: Digest): void {
    const entry = this.catalog.get(id);
    if (!entry || entry.orphan || this.catalog.isVariant(id) || this.#blocking(entry, false)) return;
    this.#drop(entry);
  }

  /** Steps below the image that have no name, no other child and no container. */
  #dropParents({ parent }: CatalogEntry): void {
    const entry = parent === null ? undefined : this.catalog.get(parent);
    if (!entry || entry.orphan || this.#blocking(entry, false)) return;
    this.#drop(entry);
    this.#dropParents(entry);
  }

  /** What stands against deleting an image; `ignoreNames` when its names are to go with it. */
  #blocking(entry: CatalogEntry, force: boolean, ignoreNames = false): Refusal | undefined {
    return this.#refusals(entry).find(({ hard, named }) => hard || (!force && !(named && ignoreNames)));
  }

  /** A hard reason holds even against force. */
  #refusals({ image: { id } }: CatalogEntry): Refusal[] {
    const found: Refusal[] = [];
    if (this.catalog.childrenOf(id).length > 0) {
      found.push({ hard: true, why: "image has dependent child images" });
    }
    const uses = this.uses(id);
    const running = uses.find((use) => use.running);
    if (running) {
      const container = shortId(running.containerId);
      found.push({ hard: true, why: `image is being used by running container ${container}` });
    }
    if (this.catalog.isNamed(id)) {
      found.push({ hard: false, named: true, why: "image is referenced in multiple repositories" });
    }
    const stopped = uses.find((use) => !use.running);
    if (stopped) {
      const container = shortId(stopped.containerId);
      found.push({ hard: false, why: `image is being used by stopped container ${container}` });
    }
    return found;
  }
}

function refuse({ image }: CatalogEntry, { hard, why }: Refusal) {
  const force = hard ? "cannot be forced" : "must be forced";
  return conflict(`conflict: unable to delete ${shortId(image.id)} (${force}) - ${why}`);
}

/** How many layers two stacks have in common, from the lowest on: those have the same chain ids. */
function sharedLayers(one: readonly Digest[], other: readonly Digest[]): number {
  const differs = one.findIndex((diffId, at) => diffId !== other[at]);
  return differs < 0 ? one.length : differs;
}

/** Whether the user wrote the image's id (or its beginning) rather than a name. */
function isIdOf(name: string, id: Digest): boolean {
  return id.startsWith(name) || hexOf(id).startsWith(name);
}

/** At most one tag, and no digest of another repository. */
function isOneName(references: readonly Reference[]): boolean {
  const repositories = new Set(references.map(({ domain, path }) => `${domain}/${path}`));
  return repositories.size === 1 && references.filter(({ digest }) => !digest).length <= 1;
}
