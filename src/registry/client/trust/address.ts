import { BlockList, isIP } from "node:net";

const LOOPBACK = ranges(["127.0.0.0/8", "::1"]);

/** True for `localhost` and literal loopback addresses. Names are not looked up: a resolver must not decide on trust. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || inRanges(host, LOOPBACK);
}

/** Whether a literal address is in `ADDRESS[/BITS]`; false where either is not one. */
export function addressInRange(host: string, range: string): boolean {
  return inRanges(host, ranges([range]));
}

function inRanges(host: string, list: BlockList): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? "ipv4" : "ipv6");
}

/** A list of those that are ranges; others are left out. */
function ranges(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const parts = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text);
    const family = isIP(parts?.[1] ?? "");
    if (!parts || family === 0) continue;
    const widest = family === 4 ? 32 : 128;
    const bits = parts[2] === undefined ? widest : Number(parts[2]);
    if (bits <= widest) list.addSubnet(parts[1] as string, bits, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

/** A URL's host in the form that addresses are compared in: lower case, without brackets. */
export function hostOf(url: URL): string {
  return unbracketed(url.hostname.toLowerCase());
}

export function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
