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
import { codeOf, type Digest, hexOf, isDigest, newId, notFound, unavailable } from "../core/index.ts";
import { mountPoints, umount } from "../kernel/index.ts";
import { diskUsage } from "./disk-usage.ts";
import { ErofsLayer } from "./erofs/erofs-layer.ts";
import { NotExpressible } from "./erofs/not-expressible.ts";
import { whyNoErofs } from "./erofs/probe.ts";
import { extractLayer } from "./extract.ts";
import type { LayerOptions, LayerStore } from "./types.ts";

interface StoredLayer {
  readonly size: number;
  /** Name in `l/`. */
  readonly link: string;
  /** Undefined when its files are in a directory. */
  readonly erofs: ErofsLayer | undefined;
}

/**
 * Opens (or makes) the layers under `root`:
 * `sha256/<hex>/diff` is a layer's directory, or where it is mounted (see `ErofsLayer`), and `sha256/<hex>/size` its
 * size; `l/<n>` are short links to the directories, because all of a mount's must fit into one page (mount(2));
 * `ingest/` holds what is being made or removed and is cleared here.
 * @throws unavailable when EROFS is asked for and the kernel lacks it
 */
export async function openLayers(root: string, { format = "auto" }: LayerOptions = {}): Promise<LayerStore> {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const ingest = join(root, "ingest");
  for (const point of mountPoints().reverse()) if (point.startsWith(`${ingest}/`)) umount(point);
  rmSync(ingest, { recursive: true, force: true });
  mkdirSync(ingest, { mode: 0o700 });
  const missing = await whyNoErofs(join(ingest, "probe"));
  if (format === "erofs" && missing !== undefined) {
    throw unavailable(
      `layer-format erofs needs a kernel that mounts EROFS from files (Linux 6.12): ${missing}; use layer-format auto`,
    );
  }
  return new Layers(root, {
    mounts: missing === undefined,
    makes: format === "directory" ? "directory" : "erofs",
  });
}

class Layers implements LayerStore {
  /** EROFS can be mounted. */
  readonly #mounts: boolean;
  /** New layers are to be mounted instead of unpacked. */
  readonly #makesIndexes: boolean;
  readonly #whole: string;
  readonly #links: string;
  readonly #ingest: string;
  readonly #layers = new Map<Digest, StoredLayer>();
  readonly #adding = new Map<Digest, Promise<void>>();
  #lastLink = 0;

  constructor(root: string, { mounts, makes }: { mounts: boolean; makes: "erofs" | "directory" }) {
    this.#mounts = mounts;
    this.#makesIndexes = mounts && makes === "erofs";
    this.#whole = join(root, "sha256");
    this.#links = join(root, "l");
    this.#ingest = join(root, "ingest");
    for (const path of [this.#whole, this.#links]) mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#load();
  }

  has(diffId: Digest): boolean {
    return this.#layers.has(diffId);
  }

  add(diffId: Digest, tarPath: string): Promise<void> {
    return this.#once(diffId, async (work) => {
      if (this.#makesIndexes) {
        try {
          return await ErofsLayer.make(work, tarPath, diffId);
        } catch (error) {
          if (!(error instanceof NotExpressible)) throw error;
          for (const name of readdirSync(work)) rmSync(join(work, name));
        }
      }
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
    this.#mount(diffId, this.#get(diffId));
    return join(this.#place(diffId), "diff");
  }

  link(diffId: Digest): string {
    const layer = this.#get(diffId);
    this.#mount(diffId, layer);
    return join(this.#links, layer.link);
  }

  readsTar(diffId: Digest): boolean {
    return this.#get(diffId).erofs !== undefined;
  }

  size(diffId: Digest): number {
    return this.#get(diffId).size;
  }

  async usage(diffId: Digest): Promise<number> {
    return this.size(diffId);
  }

  async remove(diffId: Digest): Promise<void> {
    const leaving = this.#hide(diffId);
    if (leaving !== undefined) await rm(leaving, { recursive: true, force: true });
  }

  unmountExcept(kept: Iterable<Digest>): void {
    const keep = new Set(kept);
    for (const [diffId, { erofs }] of this.#layers) if (!keep.has(diffId)) erofs?.unmount();
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
      renameSync(work, this.#place(diffId));
      this.#layers.set(diffId, { size, link: this.#newLink(diffId), erofs: this.#erofsAt(diffId) });
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

  #place(diffId: Digest): string {
    return join(this.#whole, hexOf(diffId));
  }

  #erofsAt(diffId: Digest): ErofsLayer | undefined {
    const place = this.#place(diffId);
    return ErofsLayer.isAt(place) ? new ErofsLayer(place) : undefined;
  }

  /** Takes a layer out of sight; a kill from here on leaves only what the next start clears. Returns what is to be deleted. */
  #hide(diffId: Digest): string | undefined {
    const layer = this.#layers.get(diffId);
    if (!layer) return undefined;
    this.#layers.delete(diffId);
    layer.erofs?.unmount();
    const leaving = join(this.#ingest, newId());
    renameSync(this.#place(diffId), leaving);
    unlinkSync(join(this.#links, layer.link));
    return leaving;
  }

  #mount(diffId: Digest, { erofs }: StoredLayer): void {
    // Looked at each time: somebody else may have unmounted it.
    if (!erofs || erofs.isMounted()) return;
    if (!erofs.isIntact()) {
      rmSync(this.#hide(diffId) as string, { recursive: true, force: true });
      throw unavailable(
        `layer ${diffId} is damaged on the disk: restart the engine to have it made again, or load or pull its image again`,
      );
    }
    erofs.mount();
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
      const erofs = this.#erofsAt(diffId);
      if (size === undefined || (erofs && !(this.#mounts && erofs.isWhole()))) {
        // Cut off by a power failure, or the kernel is another one: the images room makes it again from its tar.
        erofs?.unmount();
        rmSync(join(this.#whole, hex), { recursive: true, force: true });
        continue;
      }
      this.#layers.set(diffId, { size, link: links.get(hex) ?? this.#newLink(diffId), erofs });
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
