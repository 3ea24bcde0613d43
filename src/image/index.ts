export { type Compression, decompress, detectCompression } from "./decompress.ts";
export { parseImageConfig } from "./documents.ts";
export { type ImageOptions, openImages } from "./image-store.ts";
export type { Intake, ManifestDocument, ReceivedImage, ReceivedIndex, Reception } from "./intake.ts";
export type { ArrivalProgress, RemoteLayer } from "./layer-arrival.ts";
export * from "./manifest.ts";
export type { Outgoing, OutgoingBlob, OutgoingManifest } from "./outgoing.ts";
export * from "./tar/index.ts";
export type * from "./types.ts";
