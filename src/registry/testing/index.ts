export * from "./certificate.ts";
export * from "./client-support.ts";
export * from "./connect-proxy.ts";
export * from "./faulty-proxy.ts";
export * from "./start-registry.ts";
export * from "./token-server.ts";
