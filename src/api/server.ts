import { BerthError, isKind, messageOf, notFound } from "../core/index.ts";
import type { Engine } from "../engine/index.ts";
import { API_VERSION } from "../spec/index.ts";
import type { Route } from "./call.ts";
import { replyError } from "./errors.ts";
import { HttpError } from "./http/http-error.ts";
import type { Reply } from "./http/reply.ts";
import type { Request } from "./http/request.ts";
import { Connection } from "./http/serve-wire.ts";
import type { Wire } from "./http/wire.ts";
import { type Listener, listen, parseHost } from "./listen.ts";
import { Query } from "./query.ts";
import { Router } from "./router.ts";
import { buildRoutes } from "./routes/build.ts";
import { containerStreamRoutes } from "./routes/container-streams.ts";
import { containerRoutes } from "./routes/containers.ts";
import { execRoutes } from "./routes/exec.ts";
import { imageRoutes } from "./routes/images.ts";
import { networkRoutes } from "./routes/networks.ts";
import { registryRoutes } from "./routes/registries.ts";
import { systemRoutes } from "./routes/system.ts";
import { unofferedRoutes } from "./routes/unoffered.ts";
import { volumeRoutes } from "./routes/volumes.ts";
import { requestedVersion, wantsPlainErrors } from "./version.ts";

const ROUTES: readonly Route[] = [
  ...systemRoutes,
  ...containerRoutes,
  ...containerStreamRoutes,
  ...execRoutes,
  ...imageRoutes,
  ...registryRoutes,
  ...buildRoutes,
  ...networkRoutes,
  ...volumeRoutes,
  ...unofferedRoutes,
];

export interface ServeOptions {
  /** Told of what an operator should know: an open TCP port, a fault of the engine's own. Standard error by default. */
  warn?: (message: string) => void;
  /** Called at every request. */
  onRequest?: () => void;
}

/** A running API server. */
export interface Server {
  /** Where it listens, with the ports that were really taken. */
  readonly addresses: readonly string[];
  /** Takes no further requests, tells running ones to stop, and removes the socket files. Containers run on. */
  close(): Promise<void>;
}

/** How long requests may take to come to an end when the server closes. */
const CLOSE_GRACE_MS = 1000;

/**
 * Serves the Docker Engine API of `engine` on every host (`unix:///path`, `tcp://address:port`).
 * @throws when one of them cannot be had; then none is left listening
 */
export async function serve(
  engine: Engine,
  hosts: readonly string[],
  options: ServeOptions = {},
): Promise<Server> {
  const warn = options.warn ?? ((message: string) => console.error(message));
  const commonHeaders = `Api-Version: ${API_VERSION}\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: Berth/${engine.version().Version} (linux)\r\n`;
  const router = new Router(ROUTES);
  const connections = new Map<Connection, Promise<void>>();
  const handle = (request: Request, reply: Reply) => {
    options.onRequest?.();
    return answer(engine, router, request, reply, warn);
  };
  const accept = (wire: Wire) => {
    const connection = new Connection(wire, handle, commonHeaders);
    connections.set(
      connection,
      connection.serve().finally(() => connections.delete(connection)),
    );
  };
  const listeners: Listener[] = [];
  try {
    for (const host of hosts) {
      const parsed = parseHost(host);
      listeners.push(await listen(parsed, accept));
      if (parsed.kind === "tcp") {
        warn(
          `${host} is open to everyone who can reach it, without TLS: whoever connects has root on this host`,
        );
      }
    }
  } catch (error) {
    for (const listener of listeners) listener.stop();
    throw error;
  }
  return {
    addresses: listeners.map((listener) => listener.address),
    async close() {
      for (const listener of listeners) listener.stop();
      for (const connection of connections.keys()) connection.close();
      await Promise.race([Promise.all(connections.values()), Bun.sleep(CLOSE_GRACE_MS)]);
      for (const connection of connections.keys()) connection.destroy();
    },
  };
}

async function answer(
  engine: Engine,
  router: Router,
  request: Request,
  reply: Reply,
  warn: (message: string) => void,
): Promise<void> {
  const { method, path } = request.head;
  const match = router.match(method, path);
  try {
    if (!match) throw notFound("page not found");
    const { route, name } = match;
    request.halfCloseExpected = route.hijacks ?? false;
    const version = requestedVersion(match.version);
    await route.handle({ engine, request, reply, query: new Query(request.head.query), version, name });
    if (!reply.sent) throw new Error("the handler gave no reply");
  } catch (error) {
    if (isFault(error)) warn(`${method} ${path}: ${error instanceof Error ? error.stack : messageOf(error)}`);
    replyError(reply, error, match !== undefined && wantsPlainErrors(match.version));
  }
}

/** A fault of the engine's own, of which the operator should see more than the client does. */
function isFault(error: unknown): boolean {
  return isKind(error, "internal") || !(error instanceof BerthError || error instanceof HttpError);
}
