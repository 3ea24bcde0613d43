import { invalid, messageOf } from "../../../core/index.ts";
import { parseContentRange } from "../headers/content-range.ts";
import type { HttpResponse } from "../http/response.ts";
import { TransportError } from "../http/transport-error.ts";
import { isNotFound, Pauses } from "../retry.ts";
import type { Session } from "../session.ts";
import type { RemoteBlob } from "../types.ts";
import { FURTHER_ATTEMPTS, pull, type RepositoryContext } from "./context.ts";

/** So much more since the last failure, and the attempts count from the beginning, in bytes. */
const PROGRESS = 1 << 20;

/**
 * One blob from `from` on, by whatever number of requests it takes: from the mirrors, the registry, and where the
 * registry does not have it, from the blob's own URLs. Nothing is read that the caller does not ask for.
 */
export async function* downloadBlob(
  context: RepositoryContext,
  blob: RemoteBlob,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const cursor = { at: from };
  const target = `v2/${context.path}/blobs/${blob.digest}`;
  for (const mirror of context.mirrors) {
    if (cursor.at >= blob.size) return;
    try {
      yield* request(context, mirror, target, blob, cursor, signal);
    } catch (error) {
      signal.throwIfAborted();
      context.log(`mirror ${mirror.endpoint.host} for ${blob.digest}: ${messageOf(error)}`);
    }
  }
  try {
    yield* persistently(context, target, blob, cursor, signal);
  } catch (error) {
    if (!blob.urls?.length || !isNotFound(error)) throw error;
    yield* fromUrls(context, blob, blob.urls, cursor, signal, error);
  }
}

/** From the blob's own URLs, one after the other. @throws the last failure */
async function* fromUrls(
  context: RepositoryContext,
  blob: RemoteBlob,
  urls: readonly string[],
  cursor: { at: number },
  signal: AbortSignal,
  missing: unknown,
): AsyncGenerator<Uint8Array, void> {
  let failure = missing;
  for (const text of urls) {
    try {
      return yield* persistently(context, foreignUrl(context, text), blob, cursor, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

/** @throws invalid when it is not https, nor http at an insecure registry: the manifest is the registry's word */
function foreignUrl({ registry }: RepositoryContext, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plainWillDo = url?.protocol === "http:" && registry.endpoint.isInsecure(url);
  if (url && (url.protocol === "https:" || plainWillDo)) return url;
  throw invalid(`a layer names a place that is not an https URL: ${JSON.stringify(text.slice(0, 200))}`);
}

async function* persistently(
  context: RepositoryContext,
  target: string | URL,
  blob: RemoteBlob,
  cursor: { at: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { registry, timing } = context;
  const reached = () => registry.endpoint.reached;
  const pauses = new Pauses({ signal, timing, further: FURTHER_ATTEMPTS, reached });
  while (cursor.at < blob.size) {
    const before = cursor.at;
    try {
      yield* request(context, registry, target, blob, cursor, signal);
    } catch (error) {
      if (cursor.at - before >= PROGRESS) pauses.progressed();
      await pauses.after(error);
    }
  }
}

/** One request for the rest. `cursor` moves before the bytes are handed out, so that none is handed out twice. */
async function* request(
  context: RepositoryContext,
  session: Session,
  target: string | URL,
  blob: RemoteBlob,
  cursor: { at: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const headers: Record<string, string> = cursor.at > 0 ? { Range: `bytes=${cursor.at}-` } : {};
  const response = await pull(context, session, { method: "GET", target, headers, signal }, 200, 206);
  let skip: number;
  try {
    skip = cursor.at - startOf(response, blob, cursor.at);
  } catch (error) {
    response.close();
    throw error;
  }
  for await (const bytes of response.body()) {
    const fresh = skip >= bytes.length ? undefined : bytes.subarray(skip);
    skip = Math.max(0, skip - bytes.length);
    if (!fresh) continue;
    cursor.at += fresh.length;
    if (cursor.at > blob.size) throw tooLong(response, blob);
    yield fresh;
  }
  if (cursor.at < blob.size) {
    throw new TransportError("cut", `${response.url.host}: blob ${blob.digest} ended at byte ${cursor.at}`);
  }
}

/** The offset of the reply's first byte: a registry may ignore that only the rest was wanted. @throws invalid */
function startOf(response: HttpResponse, blob: RemoteBlob, wanted: number): number {
  const { headers, status, url } = response;
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") throw invalid(`${url.host} sends blob ${blob.digest} encoded as ${encoding}`);
  if (status === 200) {
    const length = headers.get("content-length");
    if (length !== undefined && Number(length) > blob.size) throw tooLong(response, blob);
    if (length !== undefined && Number(length) < blob.size) {
      throw invalid(
        `blob ${blob.digest} has ${length} bytes at ${url.host}, not ${blob.size} as the manifest says`,
      );
    }
    return 0;
  }
  const range = parseContentRange(headers.get("content-range"));
  if (!range || range.start > wanted || (range.total !== undefined && range.total !== blob.size)) {
    throw invalid(`${url.host} answered with another part of blob ${blob.digest} than was asked for`);
  }
  return range.start;
}

const tooLong = (response: HttpResponse, blob: RemoteBlob) =>
  invalid(
    `blob ${blob.digest} is longer at ${response.url.host} than its ${blob.size} bytes in the manifest`,
  );
