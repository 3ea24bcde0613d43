export { type CompressOptions, gzipFile } from "./compress.ts";
export { type Compression, decompress, detectCompression } from "./decompress.ts";
export { type ImageOptions, openImages } from "./image-store.ts";
export * from "./tar/index.ts";
export type * from "./types.ts";
