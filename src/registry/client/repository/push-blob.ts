import { invalid } from "../../../core/index.ts";
import type { BlobSource, Pushed } from "../types.ts";
import { type Begun, BlobUpload, mount } from "./blob-upload.ts";
import { push, type RepositoryContext, repeated } from "./context.ts";

/** Repositories that are tried as the source of a mount. */
const SOURCES_AT_MOST = 4;

export interface PushBlobOptions {
  readonly from?: readonly string[];
  readonly onProgress?: (sent: number) => void;
  readonly signal: AbortSignal;
}

/** Has the registry hold a blob, by the cheapest way: it has it, it has it elsewhere, it gets it. */
export async function pushBlob(
  context: RepositoryContext,
  blob: BlobSource,
  { from = [], onProgress, signal }: PushBlobOptions,
): Promise<Pushed> {
  if (await blobExists(context, blob.digest, signal)) return "exists";
  let begun: Begun | undefined;
  for (const source of from.slice(0, SOURCES_AT_MOST)) {
    const mounted = await mount(context, blob.digest, checkedPath(source), signal);
    if (mounted === true) return "mounted";
    if (!mounted) continue;
    begun = mounted;
    break;
  }
  await new BlobUpload(context, blob, signal, { begun, onProgress }).run();
  return "uploaded";
}

/** By HEAD. @throws denied when the repository is not ours to push to */
function blobExists(context: RepositoryContext, digest: string, signal: AbortSignal): Promise<boolean> {
  const target = `v2/${context.path}/blobs/${digest}`;
  return repeated(context, context.registry, signal, async () => {
    const request = { method: "HEAD", target, signal };
    // A registry that does not answer HEAD gets the blob sent.
    const response = await push(context, context.registry, request, 200, 404, 405);
    await response.discard();
    return response.status === 200;
  });
}

/** @throws invalid when it is not a repository's path: it becomes part of a URL and of the rights asked for */
export function checkedPath(path: string): string {
  if (path.length <= 255 && /^[a-z0-9]+(?:(?:[._]|__|-+|\/)[a-z0-9]+)*$/.test(path)) return path;
  throw invalid(`invalid repository name: ${JSON.stringify(path.slice(0, 300))}`);
}
