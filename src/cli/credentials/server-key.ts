/** Under this key configuration files and credential helpers keep what belongs to Docker Hub. */
export const HUB_KEY = "https://index.docker.io/v1/";

const HUB_NAMES = new Set(["", "docker.io", "index.docker.io", "registry-1.docker.io"]);

/** `host[:port]` of a key: keys may be hosts, or URLs with a path. */
export function hostOfKey(key: string): string {
  return key.replace(/^https?:\/\//i, "").replace(/\/.*$/s, "");
}

/** The key for a registry as people name it: nothing or `docker.io` for Docker Hub, a host, or a URL. */
export function keyOfServer(server: string): string {
  const host = hostOfKey(server);
  return HUB_NAMES.has(host) ? HUB_KEY : host;
}
