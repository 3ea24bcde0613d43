export { parseHost } from "./listen.ts";
export { type ServeOptions, type Server, serve } from "./server.ts";
