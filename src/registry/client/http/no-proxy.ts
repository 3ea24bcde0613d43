import { isIP } from "node:net";
import { addressInRange, hostOf, isLoopback } from "../trust/address.ts";

/**
 * Whether NO_PROXY (a comma-separated list) takes this URL off the proxy: `*`, `host` (with its subdomains),
 * `.suffix` or `*.suffix` (only subdomains), an address, `ADDRESS/BITS`; each but the last with an optional port.
 * Loopback never goes to a proxy.
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const host = hostOf(url);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  if (isLoopback(host)) return true;
  return noProxy.split(",").some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  if (entry.includes("/")) return isIP(host) !== 0 && addressInRange(host, entry);
  const parts = /^(\[[0-9a-f:.]+\]|[^:]*|[0-9a-f:.]*)(?::(\d{1,5}))?$/.exec(entry);
  if (!parts) return false;
  const name = (parts[1] as string).replace(/^\[|\]$/g, "");
  if (parts[2] !== undefined && Number(parts[2]) !== Number(port)) return false;
  if (name === "") return false;
  if (isIP(name) !== 0) return isIP(host) !== 0 && addressInRange(host, name);
  const suffix = name.replace(/^\*(?=\.)/, "");
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}
