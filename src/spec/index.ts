export * from "./docker-api/index.ts";
export * from "./oci-image.ts";
export * from "./oci-runtime.ts";
