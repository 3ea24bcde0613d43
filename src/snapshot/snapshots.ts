import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, type Digest, internal, isDigest, newId, notFound, unavailable } from "../core/index.ts";
import { umount } from "../kernel/index.ts";
import { changesBetween } from "./changes.ts";
import { diskUsage } from "./disk-usage.ts";
import { layerTar } from "./layer-tar.ts";
import { makeMountPoints } from "./mount-points.ts";
import { mountOverlay } from "./overlay-mount.ts";
import type { Change, LayerStore, Snapshots } from "./types.ts";

const KEY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

interface Definition {
  /** Lowest first. */
  readonly layers: readonly Digest[];
  readonly mountPoints: boolean;
}

/**
 * Opens (or makes) the root filesystems under `root`: `<key>/` holds `upper`, `work`, `merged` (the mount point) and
 * `definition` (what it stands on). `.empty` is the lower directory of last resort, `.mount-points` that of containers;
 * `.ingest/` holds what is being made or removed and is cleared here.
 */
export function openSnapshots(root: string, layers: LayerStore): Snapshots {
  return new OverlaySnapshots(root, layers);
}

class OverlaySnapshots implements Snapshots {
  readonly #empty: string;
  readonly #mountPoints: string;
  readonly #ingest: string;

  constructor(
    private readonly root: string,
    private readonly layers: LayerStore,
  ) {
    this.#empty = join(root, ".empty");
    this.#mountPoints = join(root, ".mount-points");
    this.#ingest = join(root, ".ingest");
    mkdirSync(root, { recursive: true, mode: 0o700 });
    mkdirSync(this.#empty, { recursive: true, mode: 0o755 });
    rmSync(this.#ingest, { recursive: true, force: true });
    mkdirSync(this.#ingest, { mode: 0o700 });
    makeMountPoints(this.#mountPoints, join(this.#ingest, newId()));
  }

  create(key: string, diffIds: readonly Digest[], options: { mountPoints?: boolean } = {}): void {
    const place = this.#place(key);
    if (this.exists(key)) throw internal(`a root filesystem ${key} is there already`);
    // The same directory twice in one mount is refused (ELOOP); the upper place shows all that the lower would.
    const distinct = diffIds.filter((id, at) => diffIds.lastIndexOf(id) === at);
    for (const diffId of distinct) this.layers.directory(diffId);
    const work = join(this.#ingest, newId());
    try {
      mkdirSync(work, { mode: 0o700 });
      for (const name of ["upper", "work", "merged"]) mkdirSync(join(work, name), { mode: 0o755 });
      const definition: Definition = { layers: distinct, mountPoints: options.mountPoints ?? false };
      writeFileSync(join(work, "definition"), JSON.stringify(definition));
      renameSync(work, place);
    } catch (error) {
      rmSync(work, { recursive: true, force: true });
      throw error;
    }
  }

  exists(key: string): boolean {
    return statSync(this.#place(key), { throwIfNoEntry: false }) !== undefined;
  }

  mount(key: string): string {
    const target = this.path(key);
    if (this.isMounted(key)) return target;
    const { layers, mountPoints } = this.#definition(key);
    const links = layers.map((diffId) => this.layers.link(diffId));
    const lowers = [...links.reverse(), ...(mountPoints ? [this.#mountPoints] : [])];
    const place = this.#place(key);
    try {
      mountOverlay({
        lowers: lowers.length > 0 ? lowers : [this.#empty],
        upper: join(place, "upper"),
        work: join(place, "work"),
        target,
      });
    } catch (error) {
      if (codeOf(error) !== "ENODEV") throw error;
      throw unavailable("the kernel has no overlayfs: load the module overlay (modprobe overlay)", error);
    }
    return target;
  }

  path(key: string): string {
    return join(this.#place(key), "merged");
  }

  isMounted(key: string): boolean {
    // A mounted overlay is a device of its own.
    const below = statSync(this.#place(key), { throwIfNoEntry: false });
    const target = statSync(this.path(key), { throwIfNoEntry: false });
    return below !== undefined && target !== undefined && below.dev !== target.dev;
  }

  unmount(key: string): void {
    umount(this.path(key));
  }

  upper(key: string): string {
    return join(this.#place(key), "upper");
  }

  describe(key: string): { LowerDir: string; UpperDir: string; WorkDir: string; MergedDir: string } {
    const place = this.#place(key);
    return {
      LowerDir: this.#lowerDirectories(key).join(":"),
      MergedDir: join(place, "merged"),
      UpperDir: join(place, "upper"),
      WorkDir: join(place, "work"),
    };
  }

  async changes(key: string): Promise<Change[]> {
    return changesBetween(this.#lowerDirectories(key), this.#existing(key, "upper"));
  }

  layerTar(key: string): AsyncIterable<Uint8Array> {
    return layerTar(this.#existing(key, "upper"), this.#lowerDirectories(key));
  }

  async *rootTar(key: string): AsyncGenerator<Uint8Array> {
    const mounted = this.isMounted(key);
    const root = this.mount(key);
    try {
      yield* layerTar(root);
    } finally {
      // A container that was started meanwhile holds the mount in a namespace of its own.
      if (!mounted) this.unmount(key);
    }
  }

  async usage(key: string): Promise<number> {
    return diskUsage(this.#existing(key, "upper"));
  }

  async remove(key: string): Promise<void> {
    const leaving = join(this.#ingest, newId());
    this.unmount(key);
    try {
      renameSync(this.#place(key), leaving);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return;
      throw error;
    }
    await rm(leaving, { recursive: true, force: true });
  }

  list(): string[] {
    return readdirSync(this.root)
      .filter((name) => KEY.test(name))
      .sort();
  }

  layersInUse(): Digest[] {
    return this.#layersOf(this.list());
  }

  layersMounted(): Digest[] {
    return this.#layersOf(this.list().filter((key) => this.isMounted(key)));
  }

  #layersOf(keys: readonly string[]): Digest[] {
    return [...new Set(keys.flatMap((key) => this.#definition(key).layers))];
  }

  #place(key: string): string {
    if (!KEY.test(key)) throw internal(`not a root filesystem's key: ${JSON.stringify(key)}`);
    return join(this.root, key);
  }

  #existing(key: string, name: string): string {
    if (!this.exists(key)) throw missing(key);
    return join(this.#place(key), name);
  }

  /** The topmost first. */
  #lowerDirectories(key: string): string[] {
    const { layers, mountPoints } = this.#definition(key);
    const directories = layers.map((diffId) => this.layers.directory(diffId)).reverse();
    return mountPoints ? [...directories, this.#mountPoints] : directories;
  }

  #definition(key: string): Definition {
    let text: string;
    try {
      text = readFileSync(join(this.#place(key), "definition"), "utf8");
    } catch (error) {
      throw codeOf(error) === "ENOENT" ? missing(key) : error;
    }
    const { layers, mountPoints } = JSON.parse(text) as Definition;
    return { layers: layers.filter(isDigest), mountPoints };
  }
}

function missing(key: string) {
  return notFound(`there is no root filesystem ${key}`);
}
