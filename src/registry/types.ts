import type { Digest } from "../core/index.ts";
import type { Progress } from "../image/index.ts";
import type { OciDescriptor } from "../spec/index.ts";
import type { RegistryAuth, RemoteManifest, SearchResult } from "./client/types.ts";

export interface PullOptions {
  /** `os[/architecture[/variant]]`; default: the host's. */
  readonly platform?: string;
  /** Every platform of an index, not one. */
  readonly allPlatforms?: boolean;
  /** Every tag of the repository. */
  readonly allTags?: boolean;
  readonly auth?: RegistryAuth;
  readonly signal: AbortSignal;
}

export interface PushOptions {
  /** Only this platform of an image that has several. */
  readonly platform?: string;
  readonly allTags?: boolean;
  readonly auth?: RegistryAuth;
  readonly signal: AbortSignal;
}

/** A manifest that refers to another one, as a registry lists it. */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Referrers {
  /** Of what is referred to. */
  readonly digest: Digest;
  readonly referrers: readonly Referrer[];
}

/** Images on their way from and to registries. Names are references as people write them. */
export interface Registries {
  /**
   * `docker pull`, with Docker's progress messages. What was stored before stays as it was when it fails.
   * @throws notFound (`manifest for X not found: manifest unknown`), denied, unavailable, invalid
   */
  pull(name: string, options: PullOptions, progress: Progress): Promise<void>;
  /** `docker push`. @throws notFound (no such image or tag here), denied, unavailable */
  push(name: string, options: PushOptions, progress: Progress): Promise<void>;
  /** `docker login` without keeping anything. `serverAddress` as the client wrote it: host, URL, or "" for Docker Hub. */
  authenticate(
    serverAddress: string,
    auth: RegistryAuth,
    signal: AbortSignal,
  ): Promise<{ status: string; identityToken: string }>;
  search(
    term: string,
    options: {
      limit: number;
      filters: ReadonlyMap<string, readonly string[]>;
      auth?: RegistryAuth;
      signal: AbortSignal;
    },
  ): Promise<SearchResult[]>;
  /** What a registry has under a name: the descriptor of the manifest or index, and its platforms. */
  distribution(
    name: string,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<{
    Descriptor: OciDescriptor;
    Platforms: { os: string; architecture: string; variant?: string }[];
  }>;
  /** The manifest or index itself, as the registry sent it. */
  manifest(name: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<RemoteManifest>;
  /**
   * Puts a manifest or index (of `docker manifest push`) under a name; its blobs must be there, or in the repository
   * `from` (a path) of the same registry, from which they are mounted first.
   */
  putManifest(
    name: string,
    manifest: { mediaType: string; bytes: Uint8Array },
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
    from?: string,
  ): Promise<Digest>;
  /** What refers to a manifest or index: signatures and other artifacts. Empty where nothing does. */
  referrers(name: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<Referrers>;
  /** The tags a repository has, sorted. */
  tags(name: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<string[]>;
}
