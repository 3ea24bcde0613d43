import type { Engine } from "../engine/index.ts";
import type { Reply } from "./http/reply.ts";
import type { Request } from "./http/request.ts";
import type { Query } from "./query.ts";
import type { ApiVersion } from "./version.ts";

/** Everything a route works with. */
export interface Call {
  readonly engine: Engine;
  readonly request: Request;
  readonly reply: Reply;
  readonly query: Query;
  readonly version: ApiVersion;
  /** The `{name}` of the route's path; empty where it has none. */
  readonly name: string;
}

export type Handler = (call: Call) => void | Promise<void>;

/** One endpoint. */
export interface Route {
  readonly method: string;
  /** `{name}` stands for one or more characters, slashes too: image names have them. */
  readonly path: string;
  readonly handle: Handler;
  /** The handler takes the connection over; the client may end its half at any time. */
  readonly hijacks?: boolean;
}
