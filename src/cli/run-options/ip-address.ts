const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

/**
 * 4 or 6 for the text form of an address (RFC 4291, without a zone), 0 for anything else. Node's own `isIP` would do,
 * but loading `node:net` takes as long as a short command.
 */
export function ipVersion(text: string): 0 | 4 | 6 {
  if (IPV4.test(text)) return 4;
  return isIpv6(text) ? 6 : 0;
}

function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  // The last 32 bits may be written as an IPv4 address.
  const mapped = last.includes(".");
  if (mapped && (!IPV4.test(last) || text.endsWith("::"))) return false;
  const hex = mapped ? groups.slice(0, -1) : groups;
  if (!hex.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const size = hex.length + (mapped ? 2 : 0);
  return halves.length === 2 ? size < 8 : size === 8;
}
