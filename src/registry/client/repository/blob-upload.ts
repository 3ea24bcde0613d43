import { invalid, isDigest, isKind, unlessAborted } from "../../../core/index.ts";
import { failureOf } from "../failures.ts";
import { parseUploadRange } from "../headers/content-range.ts";
import { resolveLocation } from "../http/redirect.ts";
import type { HttpResponse } from "../http/response.ts";
import { PassingFailure, Pauses } from "../retry.ts";
import type { BlobSource } from "../types.ts";
import { FURTHER_ATTEMPTS, push, pushScope, type RepositoryContext } from "./context.ts";
import { SourceCursor } from "./source-cursor.ts";

/** A piece where the registry does not ask for larger ones: below the limits of common proxies, in bytes. */
const PIECE = 32 << 20;
/** So much more since the last failure, and the attempts count from the beginning, in bytes. */
const PROGRESS = 1 << 20;
/** For taking back an upload that failed, in ms. */
const CANCEL_LIMIT = 5000;
const OCTETS = { "Content-Type": "application/octet-stream" };

/** An upload the registry has begun. */
export interface Begun {
  /** Where its next request goes. */
  location: URL;
  /** Bytes the registry has. */
  offset: number;
  /** The least length of a piece but the last, where the registry wants pieces. */
  readonly minimum: number;
}

/** One blob on its way to a registry (OCI distribution 1.1, "Pushing blobs"). */
export class BlobUpload {
  readonly #cursor: SourceCursor;
  #begun: Begun | undefined;

  /** @param begun an upload that a refused mount has left us */
  constructor(
    private readonly context: RepositoryContext,
    private readonly blob: BlobSource,
    private readonly signal: AbortSignal,
    options: { readonly begun?: Begun; readonly onProgress?: (sent: number) => void },
  ) {
    this.#begun = options.begun;
    this.#cursor = new SourceCursor(blob, (at) => options.onProgress?.(at));
  }

  /**
   * Sends it in one request; in pieces when the registry asks for them or the one request failed, from where the
   * registry has stopped. An upload that cannot be ended is taken back.
   */
  async run(): Promise<void> {
    const { context, signal } = this;
    const { timing, registry } = context;
    const reached = () => registry.endpoint.reached;
    const pauses = new Pauses({ signal, timing, further: FURTHER_ATTEMPTS, reached });
    let inPieces = false;
    try {
      for (;;) {
        const before = this.#begun?.offset ?? 0;
        try {
          this.#begun ??= await begin(context, signal);
          inPieces ||= this.#begun.minimum > 0;
          if (inPieces) await this.#pieces(this.#begun);
          await this.#finish(this.#begun, !inPieces);
          return;
        } catch (error) {
          if ((this.#begun?.offset ?? 0) - before >= PROGRESS) pauses.progressed();
          await pauses.after(error);
          inPieces = true;
          await this.#resume();
        }
      }
    } catch (error) {
      this.#cancel();
      throw error;
    } finally {
      // A source that hangs does not keep us when we are to stop.
      await unlessAborted(this.#cursor.close(), signal);
    }
  }

  async #pieces(begun: Begun): Promise<void> {
    while (begun.offset < this.blob.size) {
      const start = begun.offset;
      const length = Math.min(Math.max(PIECE, begun.minimum), this.blob.size - start);
      const end = start + length - 1;
      const response = await this.#send(begun.location, "PATCH", start, length, {
        "Content-Range": `${start}-${end}`,
      });
      await response.discard();
      const told = response.headers.get("range");
      if (told !== undefined && parseUploadRange(told) !== end) {
        throw new PassingFailure(
          invalid(`${response.url.host} took only part of a piece: ${told.slice(0, 60)}`),
        );
      }
      begun.location = this.#next(response) ?? begun.location;
      begun.offset = end + 1;
    }
  }

  /** The closing request; with the whole blob in it where nothing has been sent yet. */
  async #finish(begun: Begun, whole: boolean): Promise<void> {
    const { digest, size } = this.blob;
    const location = new URL(begun.location);
    location.search += `${location.search === "" ? "?" : "&"}digest=${encodeURIComponent(digest)}`;
    const response = await this.#send(location, "PUT", begun.offset, whole ? size - begun.offset : 0, {});
    await response.discard();
    const told = response.headers.get("docker-content-digest");
    if (told !== undefined && isDigest(told) && told !== digest) {
      throw invalid(`${response.url.host} stored blob ${digest} as ${told}`);
    }
  }

  async #send(
    target: URL,
    method: string,
    start: number,
    length: number,
    headers: Record<string, string>,
  ): Promise<HttpResponse> {
    const { context, signal } = this;
    const stream = () => this.#cursor.take(start, length);
    const response = await context.registry.send({
      ...{ method, target, signal, scopes: [pushScope(context.path)], patience: context.timing.commit },
      headers: { ...OCTETS, ...headers },
      body: length > 0 ? { length, stream } : new Uint8Array(),
    });
    const { status } = response;
    if (status === 201 || status === 202 || status === 204) return response;
    const failure = await failureOf(response, context.timing.now());
    // The registry has lost count or the whole upload, or wants less at a time: pieces from where it stands may do.
    const mayResume = status === 404 || status === 416 || (status === 413 && method === "PUT");
    throw mayResume && failure instanceof Error && !(failure instanceof PassingFailure)
      ? new PassingFailure(failure as PassingFailure["outcome"])
      : failure;
  }

  /** Asks how much the registry has; an upload that it does not know is begun again. */
  async #resume(): Promise<void> {
    const begun = this.#begun;
    if (!begun) return;
    this.#begun = undefined;
    const { context, signal, blob } = this;
    try {
      const request = { method: "GET", target: begun.location, signal };
      const response = await push(context, context.registry, request, 200, 202, 204);
      await response.discard();
      const last = parseUploadRange(response.headers.get("range"));
      // "0-0" is said of one byte and, by many registries, of none.
      if (!last || last >= blob.size) return this.#cancel(begun);
      const location = this.#next(response) ?? begun.location;
      this.#begun = { ...begun, location, offset: last + 1 };
    } catch {
      signal.throwIfAborted();
    }
  }

  #next(response: HttpResponse): URL | undefined {
    const location = response.headers.get("location");
    if (location === undefined) return undefined;
    return resolveLocation(response.url, location, this.context.registry.endpoint.isInsecure);
  }

  /** Takes back what the registry has of it; nobody waits for that, and it may fail. */
  #cancel(begun = this.#begun): void {
    if (!begun) return;
    const { registry, path } = this.context;
    const signal = AbortSignal.timeout(CANCEL_LIMIT);
    registry
      .send({ method: "DELETE", target: begun.location, scopes: [pushScope(path)], signal })
      .then((response) => response.discard())
      .catch(() => undefined);
  }
}

async function begin(context: RepositoryContext, signal: AbortSignal): Promise<Begun> {
  const target = `v2/${context.path}/blobs/uploads/`;
  const response = await push(context, context.registry, { method: "POST", target, signal }, 202);
  await response.discard();
  return begunBy(context, response);
}

function begunBy(context: RepositoryContext, response: HttpResponse): Begun {
  const minimum = response.headers.get("oci-chunk-min-length") ?? "";
  return {
    location: resolveLocation(
      response.url,
      response.headers.get("location"),
      context.registry.endpoint.isInsecure,
    ),
    offset: 0,
    minimum: /^\d{1,15}$/.test(minimum) ? Number(minimum) : 0,
  };
}

/**
 * Asks the registry to take the blob from another of its repositories. True when it did; else the upload that it
 * has begun instead, or undefined when we may not read there or it does not know the blob.
 */
export async function mount(
  context: RepositoryContext,
  digest: string,
  from: string,
  signal: AbortSignal,
): Promise<true | Begun | undefined> {
  const query = new URLSearchParams({ mount: digest, from });
  const target = `v2/${context.path}/blobs/uploads/?${query}`;
  const scopes = [pushScope(context.path), `repository:${from}:pull`];
  try {
    const request = { method: "POST", target, scopes, signal };
    const response = await push(context, context.registry, request, 201, 202);
    await response.discard();
    return response.status === 201 ? true : begunBy(context, response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PassingFailure || isKind(error, "denied") || isKind(error, "notFound"))
      return undefined;
    throw error;
  }
}
