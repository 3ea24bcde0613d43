import type { Containers } from "../container/index.ts";
import { type Digest, isDigest, rfc3339Nano } from "../core/index.ts";
import type { Images } from "../image/index.ts";
import { diskUsage, type LayerStore } from "../snapshot/index.ts";
import type { DiskUsageReply } from "../spec/index.ts";
import type { State } from "../state/index.ts";
import { describeVolume, type Volumes } from "../volume/index.ts";

export interface DiskUsageParts {
  readonly state: State;
  readonly images: Images;
  readonly containers: Containers & { usersOfVolume(name: string): string[] };
  readonly volumes: Volumes;
  readonly layers: LayerStore;
}

/** `docker system df`: what everything the engine keeps takes on disk. */
export async function measureDiskUsage(parts: DiskUsageParts): Promise<DiskUsageReply> {
  const { images, containers } = parts;
  const usage = images.usage();
  return {
    LayersSize: usage.layersSize,
    Images: [...usage.images],
    Containers: await containers.list({ all: true, size: true }),
    Volumes: await Promise.all(
      parts.volumes.list().map(async (volume) => ({
        ...describeVolume(volume),
        UsageData: {
          RefCount: containers.usersOfVolume(volume.name).length,
          Size: await diskUsage(volume.mountpoint),
        },
      })),
    ),
    BuildCache: buildCache(parts, usage.layers),
  };
}

/** What builds remember, the oldest first; a layer counts for the first that has it, and not at all if an image has it. */
function buildCache({ state, layers }: DiskUsageParts, ofImages: ReadonlySet<Digest>): object[] {
  const counted = new Set<Digest>(ofImages);
  const time = (milliseconds: number) => rfc3339Nano(BigInt(milliseconds) * 1_000_000n);
  return state.buildCache
    .uses()
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map(({ key, createdAt, usedAt }) => {
      let size = 0;
      for (const diffId of (state.buildCache.get(key)?.layers ?? []).filter(isDigest)) {
        if (!counted.has(diffId) && layers.has(diffId)) size += layers.size(diffId);
        counted.add(diffId);
      }
      return {
        ID: key,
        Type: "regular",
        Description: "build step",
        InUse: false,
        Shared: false,
        Size: size,
        CreatedAt: time(createdAt),
        LastUsedAt: time(usedAt),
        UsageCount: 1,
      };
    });
}
