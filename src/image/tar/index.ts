export * from "./bytes.ts";
export type * from "./entry.ts";
export { readTar, readTarFile, type TarEntry } from "./reader.ts";
export { type TarInput, writeTar } from "./writer.ts";
