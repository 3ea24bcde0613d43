import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "./env.ts";
import { cut } from "./text.ts";

interface ProxySettings {
  httpProxy?: string;
  httpsProxy?: string;
  ftpProxy?: string;
  noProxy?: string;
  allProxy?: string;
}

/** What of the client's configuration file matters to containers and images. */
export interface ClientConfig {
  readonly detachKeys?: string;
  readonly proxies?: Record<string, ProxySettings>;
  readonly auths?: Record<string, Auth>;
}

interface Auth {
  /** Base64 of `name:password`. */
  auth?: string;
  identitytoken?: string;
}

/**
 * The client's configuration, `config.json` in `DOCKER_CONFIG` or `~/.docker`. A file that is not there or cannot be
 * understood is no reason to fail: containers run without it.
 */
export function readClientConfig(env: Environment): ClientConfig {
  const directory = env.DOCKER_CONFIG || join(env.HOME || "/root", ".docker");
  try {
    const config: unknown = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
    return typeof config === "object" && config !== null ? config : {};
  } catch {
    return {};
  }
}

const PROXY_VARIABLES: readonly [keyof ProxySettings, string][] = [
  ["httpProxy", "HTTP_PROXY"],
  ["httpsProxy", "HTTPS_PROXY"],
  ["ftpProxy", "FTP_PROXY"],
  ["noProxy", "NO_PROXY"],
  ["allProxy", "ALL_PROXY"],
];

/** The proxy variables that the configuration gives to every container and build on this engine, in both cases. */
export function proxyVariables(config: ClientConfig, engine: string): string[] {
  const settings = config.proxies?.[engine] ?? config.proxies?.default ?? {};
  return PROXY_VARIABLES.flatMap(([key, name]) => {
    const value = settings[key];
    return value ? [`${name}=${value}`, `${name.toLowerCase()}=${value}`] : [];
  });
}

/** `X-Registry-Auth` for a registry, from the credentials kept in the configuration; undefined without any. */
export function registryAuth({ auths = {} }: ClientConfig, domain: string): string | undefined {
  const server = domain === "docker.io" ? "https://index.docker.io/v1/" : domain;
  const entry = auths[server] ?? auths[`https://${domain}`];
  const known = entry && credentials(server, entry);
  return known && encode(known);
}

/** `X-Registry-Config`: the credentials for every registry that a Dockerfile may name; undefined without any. */
export function registryConfig({ auths = {} }: ClientConfig): string | undefined {
  const known = Object.entries(auths).flatMap(([server, entry]) => {
    const found = credentials(server, entry);
    return found ? [[server, found] as const] : [];
  });
  return known.length > 0 ? encode(Object.fromEntries(known)) : undefined;
}

/** What the registry needs to know who we are: a token, or a name and a password. */
function credentials(serveraddress: string, entry: Auth): Record<string, string> | undefined {
  if (entry.identitytoken) return { identitytoken: entry.identitytoken, serveraddress };
  const [username = "", password] = cut(Buffer.from(entry.auth ?? "", "base64").toString(), ":");
  return password === undefined ? undefined : { username, password, serveraddress };
}

/** JSON in the URL's variant of base64. */
function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
