import type { ContentStore } from "../content/index.ts";
import type { Digest } from "../core/index.ts";
import type { Lease } from "./leases.ts";
import type { LayerSink } from "./types.ts";

/** Layers in both their forms: the plain tar as a blob (so that saving is exact), and ready to be mounted. */
export class StoredLayers {
  constructor(
    private readonly content: ContentStore,
    private readonly sink: LayerSink,
  ) {}

  /** Whole, in both forms. */
  has(diffId: Digest): boolean {
    return this.sink.has(diffId) && this.content.has(diffId);
  }

  /** Bytes of the files in it. 0 for one that is not stored. */
  size(diffId: Digest): number {
    return this.sink.has(diffId) ? this.sink.size(diffId) : 0;
  }

  directory(diffId: Digest): string | undefined {
    return this.sink.has(diffId) ? this.sink.directory(diffId) : undefined;
  }

  /**
   * The first half: keeps a plain tar, not yet looked into. `size` is the tar's.
   * @throws invalid when it has another digest than `expected`
   */
  async storeTar(
    tar: AsyncIterable<Uint8Array>,
    lease: Lease,
    expected?: Digest,
  ): Promise<{ digest: Digest; size: number }> {
    const { digest, size, isNew } = await this.content.ingest(tar, {
      ...(expected && { digest: expected }),
      claim: (found) => lease.hold(found),
    });
    if (isNew) lease.made(digest);
    return { digest, size };
  }

  /** The second half: makes a kept tar mountable. @throws invalid when it is no layer */
  async unpack(diffId: Digest, lease: Lease): Promise<void> {
    if (this.sink.has(diffId)) return lease.hold(diffId);
    lease.made(diffId);
    await this.sink.add(diffId, this.content.path(diffId));
  }

  isMountable(diffId: Digest): boolean {
    return this.sink.has(diffId);
  }

  /** After a layer's tar was made again: makes it mountable anew, unless it has its files from when the tar was whole. */
  async tarRemade(diffId: Digest, lease: Lease): Promise<void> {
    if (this.sink.has(diffId) && this.sink.readsTar(diffId)) await this.sink.remove(diffId);
    await this.unpack(diffId, lease);
  }

  async remove(digest: Digest): Promise<void> {
    await Promise.all([this.sink.remove(digest), this.content.delete(digest)]);
  }

  list(): Digest[] {
    return this.sink.list();
  }
}
