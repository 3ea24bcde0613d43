export { type ClientOptions, createClient } from "./client.ts";
export { type EndpointChoice, type ResolvedEndpoint, resolveEndpoint, type TlsFlags } from "./endpoint.ts";
export { ApiError, ConnectionError, formatEndpoint } from "./errors.ts";
export { DEFAULT_SOCKET, parseHost } from "./host.ts";
export { startWhenMissing } from "./start-when-missing.ts";
export type * from "./types.ts";
export { compareVersions, lowerVersion } from "./version.ts";
