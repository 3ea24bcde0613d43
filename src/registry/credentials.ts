import { parseReference } from "../core/index.ts";
import type { RegistryAuth } from "./client/types.ts";

const DOCKER_HUB = ["index.docker.io", "registry-1.docker.io", ""];

/**
 * The registry host in an address as `docker login` is given it and as configuration files keep it: a host, or a URL
 * such as `https://index.docker.io/v1/`.
 */
export function registryOf(address: string): string {
  const host = address.replace(/^https?:\/\//, "").split("/")[0] as string;
  return DOCKER_HUB.includes(host) ? "docker.io" : host;
}

/** Who the client is to the registry of an image. */
export function authFor(auths: ReadonlyMap<string, RegistryAuth>, name: string): RegistryAuth | undefined {
  const { domain } = parseReference(name);
  return [...auths].find(([address]) => registryOf(address) === domain)?.[1];
}
