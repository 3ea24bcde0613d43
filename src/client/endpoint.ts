import { invalid } from "../core/index.ts";
import { DEFAULT_SOCKET, parseHost } from "./host.ts";
import type { Endpoint } from "./types.ts";

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

export interface TlsFlags {
  tls: boolean;
  verify: boolean | undefined;
  ca?: string;
  cert?: string;
  key?: string;
}

/** What the user said about where the engine is: global flags, then the environment. */
export interface EndpointChoice {
  host?: string;
  context?: string;
  /** Directory of the Docker client's configuration, for contexts and certificates. */
  configDirectory: string;
  tls: TlsFlags;
  env: Readonly<Record<string, string | undefined>>;
}

export interface ResolvedEndpoint {
  endpoint: Endpoint;
  /** Nobody named an engine: it is our own default socket, whose version is known and which may be started. */
  own: boolean;
  /** It is a Berth engine, whose version is known: nobody needs to ask for it. */
  berth: boolean;
}

/**
 * Decides which engine to talk to: `--host`, `--context`, `BERTH_HOST`, `DOCKER_HOST`, `DOCKER_CONTEXT`, and
 * otherwise Berth's own socket. @throws invalid, unsupported
 */
export async function resolveEndpoint(choice: EndpointChoice): Promise<ResolvedEndpoint> {
  const { env } = choice;
  if (choice.host && choice.context) {
    throw invalid("conflicting options: cannot specify both --host and --context");
  }
  const host = choice.host || (choice.context ? undefined : env.BERTH_HOST || env.DOCKER_HOST);
  const berth = !choice.host && !choice.context && Boolean(env.BERTH_HOST);
  if (host) return { endpoint: await withTls(parseHost(host), choice), own: false, berth };
  const context = choice.context || env.DOCKER_CONTEXT;
  if (context && context !== "default") {
    const { contextEndpoint } = await import("./docker-context.ts");
    return { endpoint: contextEndpoint(choice.configDirectory, context), own: false, berth: false };
  }
  return { endpoint: { kind: "unix", path: DEFAULT_SOCKET }, own: true, berth: true };
}

async function withTls(endpoint: Endpoint, choice: EndpointChoice): Promise<Endpoint> {
  if (endpoint.kind !== "tcp") return endpoint;
  const { tls, env } = choice;
  const verify = tls.verify ?? Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !tls.tls && !env.DOCKER_TLS) return { ...endpoint, port: endpoint.port || PLAIN_PORT };
  const { readCertificates } = await import("./docker-context.ts");
  const directory = env.DOCKER_CERT_PATH || choice.configDirectory;
  return {
    ...endpoint,
    port: endpoint.port || TLS_PORT,
    tls: { ...readCertificates(directory, tls), verify },
  };
}
