import { invalid } from "../../core/index.ts";
import { ipVersion } from "./ip-address.ts";
import { cut } from "./text.ts";

/** One `--dns` address in its shortest form. @throws invalid */
export function parseDnsServer(text: string): string {
  const address = text.trim();
  if (ipVersion(address) === 0 || address.includes("%")) {
    throw invalid(`IP address is not correctly formatted: ${text}`);
  }
  if (ipVersion(address) === 4) return address;
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest);
  if (!mapped) return shortest;
  const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

const LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(`^(${LABEL}(?:\\.${LABEL})*)\\.?\\s*$`);

/** One `--dns-search` domain; `.` stands for none. @throws invalid */
export function parseSearchDomain(text: string): string {
  const trimmed = text.replace(/^ +| +$/g, "");
  if (trimmed === ".") return trimmed;
  const domain = DOMAIN.exec(trimmed)?.[1];
  if (domain === undefined || domain.length >= 255 || !/[a-zA-Z]/.test(trimmed)) {
    throw invalid(`${trimmed} is not a valid domain`);
  }
  return domain;
}

/** One `--add-host`, `name:address` or `name=address`, as `name:address`. @throws invalid */
export function parseExtraHost(text: string): string {
  const [name, written] = cut(text, text.includes("=") ? "=" : ":");
  if (written === undefined || name === "" || name.includes(":")) {
    throw invalid(`bad format for add-host: ${JSON.stringify(text)}`);
  }
  const address = written.startsWith("[") && written.endsWith("]") ? written.slice(1, -1) : written;
  if (address !== "host-gateway" && ipVersion(address.trim()) === 0) {
    throw invalid(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
  return `${name}:${address}`;
}

/** True for a name server that only the client's own host can reach. */
export function isLoopback(address: string): boolean {
  return /^127\./.test(address) || address === "::1";
}
