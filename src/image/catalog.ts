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
  type Platform,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../core/index.ts";
import type { ManifestRow, State } from "../state/index.ts";
import { parseImageConfig } from "./documents.ts";
import { KnownManifests } from "./known-manifests.ts";
import { fitsPlatform } from "./manifest.ts";
import { type Name, Names } from "./names.ts";
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
  /** The manifest or index that its names stand for, if it came from a registry or goes to one. */
  readonly target?: Digest;
}

/** Every image and name, in memory to be looked up. What changes is written to the state in one transaction. */
export class Catalog {
  #entries = new Map<Digest, CatalogEntry>();
  #children = new Map<Digest, Set<Digest>>();
  #names = new Names();
  #manifests = new KnownManifests();
  /** What all names lead to, until one of them or a manifest changes. */
  #named: Map<Digest, ManifestRow> | undefined;
  /** Blobs that something removed spoke of: they may be unneeded now. */
  readonly #loose = new Set<Digest>();

  constructor(
    private readonly state: State,
    private readonly content: ContentStore,
    private readonly log: (message: string) => void,
  ) {
    this.#load();
  }

  /** Images that are shown, newest first. */
  entries(): CatalogEntry[] {
    return this.all()
      .filter(({ orphan }) => !orphan)
      .sort((a, b) => createdAt(b) - createdAt(a) || b.storedAt - a.storedAt);
  }

  orphans(): CatalogEntry[] {
    return this.all().filter(({ orphan }) => orphan);
  }

  /** Orphans too, in no order. */
  all(): CatalogEntry[] {
    return [...this.#entries.values()];
  }

  /** Orphans too. */
  get(id: Digest): CatalogEntry | undefined {
    return this.#entries.get(id);
  }

  /** @throws notFound, invalid (no name at all, or the beginning of several ids) */
  resolve(name: string, platform?: Platform): CatalogEntry {
    const found = this.find(name, platform);
    if (found) return found;
    if (isDigest(name)) throw notFound(`No such image: ${name}`);
    if (/^[0-9a-f]{64}$/.test(name)) throw notFound(`No such image: sha256:${name}`);
    throw notFound(`No such image: ${familiar(withDefaultTag(parseReference(name)))}`);
  }

  /**
   * Docker's order: a whole id, a name, then an id's unique beginning. Of a name with images for several platforms the
   * one for `platform`, where there is one. @throws invalid (ambiguous)
   */
  find(name: string, platform?: Platform): CatalogEntry | undefined {
    const found = this.#find(name);
    if (!found || !platform || fitsPlatform(found.image.config, platform)) return found;
    const variants = this.variantsOf(found.image.id).flatMap((id) => this.#entries.get(id) ?? []);
    return variants.find(({ image }) => fitsPlatform(image.config, platform)) ?? found;
  }

  #find(name: string): CatalogEntry | undefined {
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
    const matches = this.all().filter(({ image, orphan }) => !orphan && hexOf(image.id).startsWith(hex));
    if (matches.length > 1) {
      throw invalid(`ambiguous image id: ${name} fits ${matches.length} images: give more of the id`);
    }
    return matches[0];
  }

  /** The image that has a name; a digest in it counts more than a tag. */
  owner(reference: Reference): Digest | undefined {
    return this.#name(reference)?.id;
  }

  /** The manifest or index a name stands for; null for a name that was only given here. */
  target(reference: Reference): Digest | null {
    return this.#name(reference)?.target ?? null;
  }

  /** What a name as people write it stands for; undefined for an id. */
  nameOf(name: string): Name | undefined {
    const reference = readReference(name);
    return reference && this.#name(reference);
  }

  #name(reference: Reference): Name | undefined {
    const { tag: _, ...byDigest } = reference;
    return this.#names.get(canonical(reference.digest ? byDigest : withDefaultTag(reference)));
  }

  manifest(digest: Digest): ManifestRow | undefined {
    return this.#manifests.get(digest);
  }

  /** In the order in which they came. */
  manifests(): ManifestRow[] {
    return this.#manifests.all();
  }

  /** Manifests that describe an image, in the order in which they came. */
  manifestsOf(id: Digest): ManifestRow[] {
    return this.#manifests.of(id);
  }

  /** The stored manifests a target leads to: itself, or those of an index, in their order. */
  manifestsUnder(target: Digest): ManifestRow[] {
    return [...this.#manifests.reached([target]).values()].filter(({ imageId }) => imageId !== null);
  }

  /** Images that an image's names stand for besides it, because they name an index: those for other platforms. */
  variantsOf(id: Digest): Digest[] {
    const targets = this.#names.of(id).flatMap((written) => this.#names.get(written)?.target ?? []);
    const found = new Set<Digest>();
    for (const { imageId } of this.#manifests.reached(targets).values()) if (imageId) found.add(imageId);
    found.delete(id);
    return [...found];
  }

  /** Repositories that a blob came from or went to: paths by registry host. */
  repositoriesWith(blob: Digest): Map<string, string[]> {
    const speaking = this.manifests().filter(
      ({ imageId, parts }) => imageId === blob || parts.some(({ digest }) => digest === blob),
    );
    const digests = new Set(speaking.map(({ digest }) => digest));
    const found = new Map<string, string[]>();
    for (const [written, { target }] of this.#names.all()) {
      if (!target || !written.includes("@")) continue;
      if (!this.manifestsUnder(target).some(({ digest }) => digests.has(digest))) continue;
      const { domain, path } = parseReference(written);
      found.set(domain, [...(found.get(domain) ?? []), path]);
    }
    return found;
  }

  /** True for an image that has no name of its own because another one of its index has it. */
  isVariant(id: Digest): boolean {
    if (this.#names.of(id).length > 0) return false;
    return this.manifestsOf(id).some(({ digest }) => this.#reachedByName().has(digest));
  }

  #reachedByName(): Map<Digest, ManifestRow> {
    this.#named ??= this.#manifests.reached(this.#names.targets());
    return this.#named;
  }

  /** Names of an image, sorted; with a digest those it was pulled by. */
  references(id: Digest): Reference[] {
    return this.#names.of(id).map(parseReference);
  }

  /** True when an image has a name, if only one with a digest. */
  isNamed(id: Digest): boolean {
    return this.#names.of(id).length > 0;
  }

  /** Tags of an image as people write them. */
  tagsOf(id: Digest): string[] {
    return this.references(id)
      .filter(({ digest }) => !digest)
      .map(familiar);
  }

  /** All names in one repository. */
  inRepository({ domain, path }: Reference): Reference[] {
    return [...this.#names.all()]
      .map(([written]) => written)
      .filter((written) => written.startsWith(`${domain}/${path}`))
      .sort()
      .map(parseReference)
      .filter((reference) => reference.domain === domain && reference.path === path);
  }

  /** Images made from this one, one step further. */
  childrenOf(id: Digest): CatalogEntry[] {
    const children = [...(this.#children.get(id) ?? [])].flatMap((child) => this.#entries.get(child) ?? []);
    return children.filter(({ orphan }) => !orphan);
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
  add({ image, parent, references, target }: NewImage): void {
    const now = Date.now();
    this.state.images.putImage(image.id, parent, image.layers, now);
    const known = this.#entries.get(image.id);
    this.#put(
      known
        ? { ...known, parent: known.parent ?? parent, orphan: false }
        : { image, parent, storedAt: now, lastTagAt: null, orphan: false },
    );
    for (const reference of references) this.tag(reference, image.id, target ?? null);
  }

  #put(entry: CatalogEntry): void {
    const { image, parent } = entry;
    this.#entries.set(image.id, entry);
    if (parent !== null) this.#children.set(parent, (this.#children.get(parent) ?? new Set()).add(image.id));
  }

  /** Of an index, the manifests it refers to need not be stored. */
  addManifest(row: ManifestRow): void {
    this.state.manifests.put(row);
    this.#manifests.add(row);
    this.#named = undefined;
  }

  /** Forgets indexes that no name stands for any more. */
  dropUnnamedIndexes(): void {
    const named = this.#reachedByName();
    for (const { digest, imageId } of this.manifests()) {
      if (imageId === null && !named.has(digest)) this.#dropManifest(digest);
    }
  }

  #dropManifest(digest: Digest): void {
    const row = this.#manifests.get(digest);
    if (!row) return;
    this.state.manifests.delete(digest);
    this.#manifests.delete(row);
    this.#named = undefined;
    for (const loose of [digest, ...row.parts.map((part) => part.digest)]) this.#loose.add(loose);
  }

  /** Blobs to be looked at since the last call, because something that spoke of them is gone. */
  takeLoose(): Digest[] {
    const loose = [...this.#loose];
    this.#loose.clear();
    return loose;
  }

  tag(reference: Reference, id: Digest, target: Digest | null): void {
    const now = Date.now();
    this.state.images.putTag(canonical(reference), id, now, target);
    this.#names.set(canonical(reference), { id, target });
    this.#named = undefined;
    const entry = this.#entries.get(id);
    if (entry) this.#entries.set(id, { ...entry, lastTagAt: now });
  }

  untag(reference: Reference): void {
    this.state.images.deleteTag(canonical(reference));
    this.#names.delete(canonical(reference));
    this.#named = undefined;
  }

  /** Takes an image out of sight without removing it. */
  hide(id: Digest): void {
    this.state.images.orphan(id);
    const entry = this.#entries.get(id);
    if (entry) this.#entries.set(id, { ...entry, orphan: true });
  }

  remove(id: Digest): void {
    for (const { digest } of this.manifestsOf(id)) this.#dropManifest(digest);
    this.state.images.deleteImage(id);
    const parent = this.#entries.get(id)?.parent;
    if (parent) this.#children.get(parent)?.delete(id);
    this.#entries.delete(id);
    this.#loose.add(id);
    for (const written of this.#names.of(id)) this.#names.delete(written);
    this.#named = undefined;
  }

  #load(): void {
    const known = this.#entries;
    this.#entries = new Map();
    this.#children = new Map();
    for (const row of this.state.images.images()) {
      const image = known.get(row.id)?.image ?? this.#read(row.id);
      if (image) this.#put({ ...row, image });
    }
    this.#names = new Names();
    for (const { reference, imageId, target } of this.state.images.tags()) {
      this.#names.set(reference, { id: imageId, target });
    }
    this.#manifests = new KnownManifests();
    for (const row of this.state.manifests.all()) this.#manifests.add(row);
    this.#named = undefined;
    this.#loose.clear();
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
  const known = madeAt.get(image);
  if (known !== undefined) return known;
  const time = Date.parse(image.config.created ?? "");
  madeAt.set(image, Number.isNaN(time) ? 0 : time);
  return madeAt.get(image) as number;
}

/** Sorting asks for it again and again. */
const madeAt = new WeakMap<Image, number>();
