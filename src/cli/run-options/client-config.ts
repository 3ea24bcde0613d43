import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CredentialConfig } from "../credentials/store.ts";

interface ProxySettings {
  httpProxy?: string;
  httpsProxy?: string;
  ftpProxy?: string;
  noProxy?: string;
  allProxy?: string;
}

/** What of the client's configuration file matters to containers and images. */
export interface ClientConfig extends CredentialConfig {
  readonly detachKeys?: string;
  readonly proxies?: Record<string, ProxySettings>;
}

/**
 * The client's configuration, `config.json` in its directory. A file that is not there or cannot be understood is no
 * reason to fail: containers run without it.
 */
export function readClientConfig(directory: string): ClientConfig {
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
