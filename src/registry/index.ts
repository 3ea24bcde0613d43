export { openRegistryClient } from "./client/open-registry-client.ts";
export type {
  BlobSource,
  Pushed,
  RegistryAuth,
  RegistryClient,
  RegistrySettings,
  RemoteBlob,
  RemoteManifest,
  Repository,
  SearchResult,
} from "./client/types.ts";
export { authFor } from "./credentials.ts";
export { openRegistries } from "./open-registries.ts";
export type { PullOptions, PushOptions, Referrer, Referrers, Registries } from "./types.ts";
