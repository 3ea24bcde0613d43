import { readFileSync } from "node:fs";
import { isIP, isIPv6 } from "node:net";

export interface DnsSettings {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

const HOST_FILE = "/etc/resolv.conf";
/** What systemd-resolved itself forwards to; its stub listens on the host's loopback alone. */
const UPSTREAM_FILE = "/run/systemd/resolve/resolv.conf";
const FALLBACK_SERVERS = ["8.8.8.8", "8.8.4.4"];

/** What a resolv.conf says, as far as containers get it (resolv.conf(5)). */
export function parseResolvConf(text: string): DnsSettings {
  const servers: string[] = [];
  let search: string[] = [];
  const options: string[] = [];
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "nameserver" && values[0] !== undefined && isIP(values[0].split("%")[0] ?? ""))
      servers.push(values[0]);
    else if (keyword === "search" || keyword === "domain") search = values;
    else if (keyword === "options") options.push(...values);
  }
  return { servers, search, options };
}

function isLoopback(server: string): boolean {
  return server.startsWith("127.") || server === "::1";
}

/**
 * resolv.conf for a container. What `dns` names replaces the host's entries of the same kind; a search list of `.`
 * means none. A container with a network namespace of its own cannot reach name servers on the host's loopback, nor,
 * as the bridge carries IPv4 alone, IPv6 ones: they are left out.
 */
export function renderResolvConf(host: DnsSettings, dns: DnsSettings, ownNamespace: boolean): string {
  const pick = (override: readonly string[], inherited: readonly string[]) =>
    override.length > 0 ? override : inherited;
  const usable = ownNamespace
    ? host.servers.filter((server) => !isLoopback(server) && !isIPv6(server.split("%")[0] ?? ""))
    : host.servers;
  const servers = pick(dns.servers, pick(usable, FALLBACK_SERVERS));
  const search = pick(dns.search, host.search).filter((domain) => domain !== ".");
  const options = pick(dns.options, host.options);
  const lines = ["# Written by Berth.", ...servers.map((server) => `nameserver ${server}`)];
  if (search.length > 0) lines.push(`search ${search.join(" ")}`);
  if (options.length > 0) lines.push(`options ${options.join(" ")}`);
  return `${lines.join("\n")}\n`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * The host's own settings. Where all it names is systemd-resolved's stub on loopback, a container with a namespace of
 * its own gets the servers behind the stub.
 */
export function hostDns(
  ownNamespace: boolean,
  hostFile = HOST_FILE,
  upstreamFile = UPSTREAM_FILE,
): DnsSettings {
  const host = parseResolvConf(readIfThere(hostFile) ?? "");
  if (!ownNamespace || host.servers.length === 0 || !host.servers.every(isLoopback)) return host;
  const upstream = readIfThere(upstreamFile);
  return upstream === undefined ? host : parseResolvConf(upstream);
}
