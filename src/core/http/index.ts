export * from "./reply-source.ts";
export * from "./request-head.ts";
export * from "./response-body.ts";
export * from "./response-head.ts";
