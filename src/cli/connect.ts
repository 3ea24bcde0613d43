import {
  type ApiClient,
  createClient,
  type ResolvedEndpoint,
  resolveEndpoint,
  startWhenMissing,
} from "../client/index.ts";
import { VERSION } from "../core/index.ts";
import type { Output, ParsedArguments } from "./command.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The client's configuration directory: `--config`, `DOCKER_CONFIG`, `~/.docker`. */
export function configDirectory(globals: ParsedArguments, env: Environment): string {
  return globals.string("config") || env.DOCKER_CONFIG || `${env.HOME || "/root"}/.docker`;
}

/** Which engine the global flags and the environment mean. @throws invalid, notFound, unsupported */
export function endpointOf(globals: ParsedArguments, env: Environment): Promise<ResolvedEndpoint> {
  return resolveEndpoint({
    host: globals.string("host"),
    context: globals.string("context"),
    configDirectory: configDirectory(globals, env),
    tls: {
      tls: globals.boolean("tls"),
      verify: globals.given("tlsverify") ? globals.boolean("tlsverify") : undefined,
      ca: globals.string("tlscacert"),
      cert: globals.string("tlscert"),
      key: globals.string("tlskey"),
    },
    env,
  });
}

/** A client for it. Our own engine speaks the version known here, and is started when nobody named another. */
export function clientFor(
  { endpoint, own, berth }: ResolvedEndpoint,
  env: Environment,
  err: Output,
  autostart: boolean,
): ApiClient {
  return createClient(endpoint, {
    version: env.DOCKER_API_VERSION || undefined,
    negotiate: !berth,
    headers: { "User-Agent": `Berth-Client/${VERSION} (linux)` },
    ...(own && autostart && { onUnreachable: startWhenMissing(endpoint, (line) => err.write(`${line}\n`)) }),
  });
}
