import { type Digest, shortId } from "../core/index.ts";
import type { ArrivalProgress, Progress } from "../image/index.ts";
import type { ProgressMessage } from "../spec/index.ts";

/** Milliseconds between two words about the same blob. */
const INTERVAL = 100;

/** A line about a layer, as Docker shows it: by the beginning of its blob's digest. */
export function shown(digest: Digest, status: string, progressDetail = {}): ProgressMessage {
  return { status, progressDetail, id: shortId(digest) };
}

/** Says how many bytes of a blob have gone over the line: now and then, and at the end. */
export function transferProgress(
  { digest, size }: { digest: Digest; size: number },
  status: string,
  progress: Progress,
): (current: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (current) => {
    const now = performance.now();
    if (current < size && now - last < INTERVAL) return;
    last = now;
    progress(shown(digest, status, { current, total: size }));
  };
}

/** The stations of a layer that is pulled, in Docker's words. */
export function layerProgress(layer: { digest: Digest; size: number }, progress: Progress): ArrivalProgress {
  const { digest, size } = layer;
  return {
    downloading: transferProgress(layer, "Downloading", progress),
    verified: () => {
      progress(shown(digest, "Verifying Checksum"));
      progress(shown(digest, "Download complete"));
    },
    unpacking: () => progress(shown(digest, "Extracting", { current: size, total: size })),
  };
}
