import {
  type Digest,
  familiar,
  invalid,
  notFound,
  parsePlatform,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../core/index.ts";
import type { Outgoing, OutgoingBlob, Progress } from "../image/index.ts";
import type { Repository } from "./client/types.ts";
import { shown, transferProgress } from "./progress.ts";
import type { TransferParts } from "./pull.ts";
import type { PushOptions } from "./types.ts";

/** `docker push`: see `Registries.push`. */
export async function push(
  parts: TransferParts,
  name: string,
  options: PushOptions,
  progress: Progress,
): Promise<void> {
  const written = parseReference(name);
  if (written.digest) throw invalid("cannot push a digest reference");
  if (options.allTags && written.tag !== undefined) throw invalid("tag can't be used with --all-tags/-a");
  const references = options.allTags ? parts.images.tagsIn(written) : [withDefaultTag(written)];
  if (references.length === 0) {
    throw notFound(`An image does not exist locally with the tag: ${familiar(written)}`);
  }
  const repository = parts.registry.repository(written, options.auth);
  for (const reference of references) await pushOne(parts, repository, reference, options, progress);
}

async function pushOne(
  { images, slots }: TransferParts,
  repository: Repository,
  reference: Reference,
  { platform, signal }: PushOptions,
  progress: Progress,
): Promise<void> {
  const { domain, path, tag } = reference as Reference & { tag: string };
  const prepared = new Set<Digest>();
  let told = false;
  const begin = () => {
    if (!told) progress({ status: `The push refers to repository [${domain}/${path}]` });
    told = true;
  };
  const prepare = (diffId: Digest) => {
    begin();
    if (!prepared.has(diffId)) progress(shown(diffId, "Preparing"));
    prepared.add(diffId);
  };
  await using going = await images.outgoing(reference, {
    ...(platform && { platform: parsePlatform(platform) }),
    signal,
    onCompress: prepare,
  });
  begin();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  for (const [at, { digest, mediaType, bytes, blobs }] of going.manifests.entries()) {
    const distinct = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
    for (const { diffId } of distinct) if (diffId) prepare(diffId);
    let failure: unknown;
    await Promise.all(
      distinct.map((blob) =>
        slots
          .run(() => pushBlob(repository, reference, going, blob, either, progress))
          .catch((error: unknown) => {
            failure ??= error;
            stop.abort();
          }),
      ),
    );
    if (failure !== undefined) throw failure;
    const isLast = at === going.manifests.length - 1;
    await repository.pushManifest(isLast ? tag : digest, { mediaType, bytes }, signal);
    if (!isLast) continue;
    progress({ status: `${tag}: digest: ${digest} size: ${bytes.byteLength}` });
    progress({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: bytes.byteLength } });
  }
  going.sent();
  images.announce("push", going.id, familiar(reference));
}

/** Sends one blob, unless the registry has it or can take it from a neighbour. Configurations go without a word. */
async function pushBlob(
  repository: Repository,
  { domain, path }: Reference,
  going: Outgoing,
  blob: OutgoingBlob,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  signal.throwIfAborted();
  const { digest, size, diffId } = blob;
  const from = (blob.sources.get(domain) ?? []).filter((source) => source !== path);
  const say = (status: string) => diffId && progress(shown(diffId, status));
  const onProgress = diffId ? transferProgress({ digest: diffId, size }, "Pushing", progress) : undefined;
  const how = await repository.pushBlob(
    { digest, size, read: (at) => going.read(digest, at) },
    { from, signal, ...(onProgress && { onProgress }) },
  );
  if (how === "exists") say("Layer already exists");
  else say(how === "mounted" ? `Mounted from ${from[0]}` : "Pushed");
}
