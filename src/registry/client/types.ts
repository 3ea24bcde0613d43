import type { Digest } from "../../core/index.ts";

/** What a client sends in `X-Registry-Auth`, decoded. Empty: nobody in particular. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  /** An OAuth2 refresh token, used in the place of a password. */
  readonly identityToken?: string;
  /** A bearer token, sent as it stands. */
  readonly registryToken?: string;
}

/** How registries are reached; the same for all requests of an engine. */
export interface RegistrySettings {
  /**
   * `host[:port]` or CIDR (of literal addresses; names are not looked up): TLS errors are passed over, and plain HTTP
   * is tried. Loopback is always among them.
   */
  readonly insecure: readonly string[];
  /** Base URLs that are asked for Docker Hub's images first. */
  readonly mirrors: readonly string[];
  /** Directories with `HOST[:PORT]/{*.crt,*.cert,*.key}`, as Docker's certs.d; of several `*.cert` the first is shown. */
  readonly certificates: readonly string[];
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY and their lower-case forms, and SSL_CERT_FILE are read from here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For the `User-Agent` header. */
  readonly userAgent: string;
  readonly log: (message: string) => void;
}

/** A manifest or index exactly as the registry sent it; `digest` is that of `bytes`, verified. */
export interface RemoteManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface RemoteBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Places to fetch it from when the registry does not have it (foreign layers). */
  readonly urls?: readonly string[];
}

/** Something that can be sent again from any byte on, because uploads are resumed. */
export interface BlobSource extends RemoteBlob {
  read(from: number): AsyncIterable<Uint8Array>;
}

export type Pushed = "exists" | "mounted" | "uploaded";

/**
 * One repository of one registry, for one user (OCI distribution specification 1.1). Requests that fail for a reason
 * that may pass (connection lost, 408, 429 with its Retry-After, 5xx) are repeated with growing pauses; everything
 * stops when `signal` says so.
 *
 * Errors: notFound (`manifest unknown` and the like), denied (401, 403, with Docker's words "pull access denied for
 * NAME, repository does not exist or may require 'docker login'"), unavailable (unreachable, 5xx in the end, rate
 * limit, stalled), invalid (what came is not what it should be: wrong digest, HTML for JSON, too large), unsupported
 * (schema 1). When aborted, the signal's reason.
 */
export interface Repository {
  /** The manifest a tag or digest leads to, at most 4 MiB. With a digest, other bytes are refused. */
  manifest(tagOrDigest: string, signal: AbortSignal): Promise<RemoteManifest>;
  /** The digest a tag has now, by HEAD where the registry answers it. */
  digestOf(tag: string, signal: AbortSignal): Promise<{ digest: Digest; mediaType: string; size: number }>;
  /**
   * A blob from byte `from` on. Resumes by range after a cut, and goes on to the next mirror or URL; the caller sees
   * one stream. The caller verifies the digest of the whole; the length is verified here.
   */
  blob(blob: RemoteBlob, from: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** All tags, page by page (Link headers followed, to a bound). */
  tags(signal: AbortSignal): Promise<string[]>;
  /** The index of manifests that refer to this one; by the referrers tag where the API is missing. */
  referrers(digest: Digest, signal: AbortSignal): Promise<RemoteManifest>;
  /**
   * Sends a blob unless it is there; mounts it from one of `from` (repository paths of the same registry) if that
   * works. In one request, or in pieces where `chunked` says so or one request failed; resumed after a cut.
   */
  pushBlob(
    blob: BlobSource,
    options: {
      from?: readonly string[];
      onProgress?: (sent: number) => void;
      signal: AbortSignal;
    },
  ): Promise<Pushed>;
  /** Puts a manifest under a tag or its digest. */
  pushManifest(
    tagOrDigest: string,
    manifest: { mediaType: string; bytes: Uint8Array },
    signal: AbortSignal,
  ): Promise<Digest>;
}

export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated: boolean;
}

export interface RegistryClient {
  /** @param name domain and path; tag and digest in it are not looked at */
  repository(name: { domain: string; path: string }, auth?: RegistryAuth): Repository;
  /** `docker login`: whether the registry takes these credentials; an identity token if it gives one. @throws denied */
  authenticate(
    domain: string,
    auth: RegistryAuth,
    signal: AbortSignal,
  ): Promise<{ status: string; identityToken: string }>;
  /** `docker search`: Docker Hub's (or another registry's) v1 search. */
  search(
    term: string,
    options: { limit: number; auth?: RegistryAuth; signal: AbortSignal },
  ): Promise<SearchResult[]>;
}
