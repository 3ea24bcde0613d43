import {
  chmodSync,
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, type Digest, hexOf, isDigest, newId, notFound } from "../core/index.ts";
import { diskUsage } from "./disk-usage.ts";
import { extractLayer } from "./extract.ts";
import type { LayerStore } from "./types.ts";

interface StoredLayer {
  readonly size: number;
  /** Name in `l/`. */
  readonly link: string;
}

/**
 * Opens (or makes) the layers under `root`:
 * `sha256/<hex>/diff` is a layer's directory and `sha256/<hex>/size` its size; `l/<n>` are short links to the
 * directories, because all of a mount's must fit into one page (mount(2)); `ingest/` holds what is being made or
 * removed and is cleared here.
 */
export function openLayers(root: string): LayerStore {
  return new DirectoryLayers(root);
}

class DirectoryLayers implements LayerStore {
  readonly #whole: string;
  readonly #links: string;
  readonly #ingest: string;
  readonly #layers = new Map<Digest, StoredLayer>();
  readonly #adding = new Map<Digest, Promise<void>>();
  #lastLink = 0;

  constructor(root: string) {
    this.#whole = join(root, "sha256");
    this.#links = join(root, "l");
    this.#ingest = join(root, "ingest");
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (const path of [this.#whole, this.#links]) mkdirSync(path, { recursive: true, mode: 0o700 });
    rmSync(this.#ingest, { recursive: true, force: true });
    mkdirSync(this.#ingest, { mode: 0o700 });
    this.#load();
  }

  has(diffId: Digest): boolean {
    return this.#layers.has(diffId);
  }

  add(diffId: Digest, tarPath: string): Promise<void> {
    return this.#once(diffId, (work) => {
      const directory = join(work, "diff");
      mkdirSync(directory);
      chmodSync(directory, 0o755);
      return extractLayer(directory, createReadStream(tarPath, { highWaterMark: 1 << 20 }));
    });
  }

  async adopt(diffId: Digest, directory: string): Promise<void> {
    await this.#once(diffId, async (work) => {
      renameSync(directory, join(work, "diff"));
      return diskUsage(join(work, "diff"));
    });
    // Still there when the layer was known already.
    await rm(directory, { recursive: true, force: true });
  }

  directory(diffId: Digest): string {
    this.#get(diffId);
    return join(this.#whole, hexOf(diffId), "diff");
  }

  link(diffId: Digest): string {
    return join(this.#links, this.#get(diffId).link);
  }

  size(diffId: Digest): number {
    return this.#get(diffId).size;
  }

  async usage(diffId: Digest): Promise<number> {
    return this.size(diffId);
  }

  async remove(diffId: Digest): Promise<void> {
    const layer = this.#layers.get(diffId);
    if (!layer) return;
    // Out of sight before anything else can run; a kill from here on leaves only what the next start clears.
    this.#layers.delete(diffId);
    const leaving = join(this.#ingest, newId());
    renameSync(join(this.#whole, hexOf(diffId)), leaving);
    unlinkSync(join(this.#links, layer.link));
    await rm(leaving, { recursive: true, force: true });
  }

  list(): Digest[] {
    return [...this.#layers.keys()].sort();
  }

  /** Makes a layer by filling a work directory, once even when asked twice at the same time. */
  async #once(diffId: Digest, fill: (work: string) => Promise<number>): Promise<void> {
    if (this.#layers.has(diffId)) return;
    const running = this.#adding.get(diffId);
    if (running) return running;
    const adding = this.#make(diffId, fill).finally(() => this.#adding.delete(diffId));
    this.#adding.set(diffId, adding);
    return adding;
  }

  async #make(diffId: Digest, fill: (work: string) => Promise<number>): Promise<void> {
    const work = join(this.#ingest, newId());
    try {
      mkdirSync(work, { mode: 0o700 });
      const size = await fill(work);
      writeFileSync(join(work, "size"), String(size));
      renameSync(work, join(this.#whole, hexOf(diffId)));
      this.#layers.set(diffId, { size, link: this.#newLink(diffId) });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  #newLink(diffId: Digest): string {
    const name = (++this.#lastLink).toString(36);
    symlinkSync(join("..", "sha256", hexOf(diffId), "diff"), join(this.#links, name));
    return name;
  }

  #get(diffId: Digest): StoredLayer {
    const layer = this.#layers.get(diffId);
    if (!layer) throw notFound(`layer ${diffId} is not stored`);
    return layer;
  }

  #load(): void {
    const links = new Map<string, string>();
    for (const name of readdirSync(this.#links)) {
      const target = readlinkSync(join(this.#links, name));
      const number = Number.parseInt(name, 36);
      this.#lastLink = Math.max(this.#lastLink, number);
      links.set(target.split("/")[2] ?? "", name);
    }
    for (const hex of readdirSync(this.#whole)) {
      const diffId = `sha256:${hex}`;
      if (!isDigest(diffId)) continue;
      const size = readSize(join(this.#whole, hex, "size"));
      if (size === undefined) {
        // Cut off by a power failure: the images room makes it again from its tar.
        rmSync(join(this.#whole, hex), { recursive: true, force: true });
        continue;
      }
      this.#layers.set(diffId, { size, link: links.get(hex) ?? this.#newLink(diffId) });
      links.delete(hex);
    }
    for (const name of links.values()) unlinkSync(join(this.#links, name));
  }
}

function readSize(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
