import { type Digest, Digester, isDigest, messageOf } from "../core/index.ts";
import type { CheckFinding } from "../spec/index.ts";
import type { ManifestRow, State } from "../state/index.ts";
import { openCompressed } from "./decompress.ts";
import { parseImageConfig } from "./documents.ts";
import type { ImageStore } from "./image-store.ts";
import type { Lease } from "./leases.ts";

export interface CheckOptions {
  readonly repair: boolean;
  readonly signal: AbortSignal;
}

export interface StoreReport {
  readonly blobs: number;
  /** Read and hashed. */
  readonly bytes: number;
  readonly layers: number;
  readonly images: number;
  readonly findings: CheckFinding[];
}

/**
 * Reads everything the image room keeps and compares it with what is said of it: every blob with its digest, every row
 * with what it refers to, every file with the rows. With `repair`, what can be made again from what is whole is made
 * again, and what nobody speaks of is removed; nothing that might still be of use goes.
 */
export async function checkStore(
  store: ImageStore,
  state: State,
  options: CheckOptions,
): Promise<StoreReport> {
  await using lease = store.leases.open();
  const check = new Check(store, state, options, lease);
  await check.blobs();
  await check.layers();
  await check.images();
  await check.manifests();
  await check.strays();
  return check.report();
}

class Check {
  readonly #findings: CheckFinding[] = [];
  readonly #damaged = new Set<Digest>();
  readonly #manifests: readonly ManifestRow[];
  readonly #layers: readonly Digest[];
  readonly #imageIds: readonly Digest[];
  #blobs = 0;
  #bytes = 0;

  constructor(
    private readonly store: ImageStore,
    private readonly state: State,
    private readonly options: CheckOptions,
    private readonly lease: Lease,
  ) {
    this.#manifests = state.manifests.all();
    this.#layers = [...state.images.layerSizes().keys()];
    this.#imageIds = state.images.images().map(({ id }) => id);
  }

  report(): StoreReport {
    return {
      blobs: this.#blobs,
      bytes: this.#bytes,
      layers: this.#layers.length,
      images: this.#imageIds.length,
      findings: this.#findings,
    };
  }

  /** Every blob is what its name says. */
  async blobs(): Promise<void> {
    const { content } = this.store;
    for (const digest of content.list()) {
      this.options.signal.throwIfAborted();
      const digester = new Digester();
      try {
        for await (const piece of content.stream(digest)) digester.update(piece);
      } catch (error) {
        // Removed meanwhile by somebody who may.
        if (!content.has(digest)) continue;
        this.#damaged.add(digest);
        this.#say(`blob ${digest}`, `cannot be read: ${messageOf(error)}`, false, "check the disk");
        continue;
      }
      this.#blobs++;
      this.#bytes += digester.size;
      const found = digester.digest();
      if (found !== digest && content.has(digest)) await this.#damagedBlob(digest, found);
    }
  }

  /** A layer's tar can be made again from its compressed form; other blobs must come from where they came. */
  async #damagedBlob(digest: Digest, found: Digest): Promise<void> {
    const subject = `blob ${digest}`;
    const problem = `is damaged: its content has digest ${found}`;
    this.#damaged.add(digest);
    if (this.#layers.includes(digest)) {
      const remade = this.options.repair && (await this.#remakePlain(digest));
      if (remade) this.#damaged.delete(digest);
      return this.#say(
        subject,
        problem,
        remade,
        remade ? "made again from its compressed form" : "pull or load an image with this layer again",
      );
    }
    if (this.#imageIds.includes(digest) || this.#manifests.some((row) => row.digest === digest)) {
      return this.#say(subject, problem, false, "remove the image and pull or load it again");
    }
    // A compressed layer: the image runs without it, and it comes again with the next pull.
    if (this.options.repair) await this.store.content.delete(digest);
    this.#say(
      subject,
      problem,
      this.options.repair,
      "removed; pull the image again to push it with the same digest",
    );
  }

  async #remakePlain(diffId: Digest): Promise<boolean> {
    const { content, layers } = this.store;
    const sources = this.#manifests
      .flatMap(({ parts }) => parts)
      .filter((part) => part.diffId === diffId && part.digest !== diffId)
      .filter(({ digest }) => content.has(digest) && !this.#damaged.has(digest));
    for (const { digest } of sources) {
      const writer = await content.writer(diffId);
      try {
        const { plain } = await openCompressed(content.stream(digest));
        const seen = new Digester();
        for await (const piece of plain) {
          seen.update(piece);
          await writer.write(piece);
        }
        if (seen.digest() !== diffId) continue;
        // Only now: some of what is damaged may still be read.
        this.lease.made(diffId);
        await content.delete(diffId);
        await writer.commit();
        await layers.tarRemade(diffId, this.lease);
        return true;
      } catch {
        // That one is damaged too; its own finding says so.
      } finally {
        await writer.close();
      }
    }
    return false;
  }

  /** Every layer that something stands on is there, in both forms. */
  async layers(): Promise<void> {
    const { content, layers } = this.store;
    for (const diffId of this.#layers) {
      // Removed meanwhile.
      if (!this.store.isNeeded(diffId)) continue;
      const subject = `layer ${diffId}`;
      const isKept = content.has(diffId) || (this.options.repair && (await this.#remakePlain(diffId)));
      if (!isKept) {
        this.#say(subject, "its tar is missing", false, "pull or load an image with this layer again");
      } else if (!layers.has(diffId)) {
        const repaired = this.options.repair && (await this.#unpack(diffId));
        this.#say(subject, "it is not ready to be mounted", repaired, "made again from its tar");
      }
    }
    for (const diffId of this.state.buildCache.heldLayers().filter(isDigest)) {
      if (layers.has(diffId)) continue;
      this.#say(
        `layer ${diffId}`,
        "a remembered build result lacks it",
        false,
        "build again with --no-cache",
      );
    }
  }

  async #unpack(diffId: Digest): Promise<boolean> {
    try {
      await this.store.layers.unpack(diffId, this.lease);
      return true;
    } catch {
      return false;
    }
  }

  /** Every image has a configuration that says which layers it has. */
  async images(): Promise<void> {
    const { content } = this.store;
    for (const { id } of this.state.images.images()) {
      const subject = `image ${id}`;
      if (this.#damaged.has(id)) continue;
      const bytes = content.has(id) ? await content.read(id).catch(() => undefined) : undefined;
      if (bytes === undefined) {
        // Removed meanwhile.
        if (!this.state.images.has(id)) continue;
        this.#say(subject, "its configuration is missing", false, "remove it and pull or load it again");
        continue;
      }
      const { rootfs } = parseImageConfig(bytes, `image configuration ${id}`);
      const rows = this.state.images.layersOf(id);
      if (rootfs.diff_ids.join() !== rows.join() && this.state.images.has(id)) {
        this.#say(
          subject,
          "its rows name other layers than its configuration",
          false,
          "remove it and load it again",
        );
      }
    }
  }

  /** Every manifest is there with what it needs, and every name leads to one. */
  async manifests(): Promise<void> {
    const { content, lean } = this.store;
    const manifests = this.state.manifests.all();
    const known = new Set(manifests.map(({ digest }) => digest));
    for (const { digest, imageId, parts } of manifests) {
      const subject = `manifest ${digest}`;
      if (!content.has(digest)) {
        this.#say(subject, "it is missing", false, "pull the image again to push it with the same digest");
      }
      if (imageId === null || lean) continue;
      for (const part of parts) {
        if (content.has(part.digest)) continue;
        const action = "pull the image again to push it with the same digest";
        this.#say(subject, `its layer ${part.digest} is missing`, false, action);
      }
    }
    for (const { reference, target } of this.state.images.tags()) {
      if (target === null || known.has(target)) continue;
      this.#say(`tag ${reference}`, `what it stands for, ${target}, is missing`, false, "pull it again");
    }
  }

  /** Every file belongs to something. */
  async strays(): Promise<void> {
    const { content, layers, leases } = this.store;
    const files = new Set([...content.list(), ...layers.list()]);
    for (const digest of files) {
      if (leases.isHeld(digest) || this.store.isNeeded(digest)) continue;
      if (!content.has(digest) && !layers.isMountable(digest)) continue;
      if (this.options.repair) await layers.remove(digest);
      this.#say(`blob ${digest}`, "nothing speaks of it", this.options.repair, "removed");
    }
  }

  #say(Subject: string, Problem: string, Repaired: boolean, action: string): void {
    const Action = Repaired || !/^(removed|made again)/.test(action) ? action : `--repair: ${action}`;
    this.#findings.push({ Subject, Problem, Repaired, Action });
  }
}
