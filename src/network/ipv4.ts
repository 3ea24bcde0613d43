/** IPv4 addresses as unsigned 32-bit numbers. */

/** A network: its first address and the length of its prefix. */
export interface Subnet {
  readonly base: number;
  readonly length: number;
}

/** The number of a dotted address, or undefined when it is not one in its plain form (no leading zeros). */
export function parseIpv4(text: string): number | undefined {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!m) return undefined;
  let value = 0;
  for (const part of m.slice(1)) {
    if (Number(part) > 255 || String(Number(part)) !== part) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

function mask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The network of this prefix length that an address lies in. */
export function subnetOf(address: number, length: number): Subnet {
  return { base: (address & mask(length)) >>> 0, length };
}

/** `172.17.0.0/16`, or undefined when it is not of that form. Host bits are dropped. */
export function parseSubnet(text: string): Subnet | undefined {
  const [head = "", tail = "", ...rest] = text.split("/");
  const address = parseIpv4(head);
  if (address === undefined || rest.length > 0 || !/^(?:\d|[12]\d|3[0-2])$/.test(tail)) return undefined;
  return subnetOf(address, Number(tail));
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatIpv4(subnet.base)}/${subnet.length}`;
}

export function contains(subnet: Subnet, address: number): boolean {
  return subnetOf(address, subnet.length).base === subnet.base;
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.length <= b.length ? contains(a, b.base) : contains(b, a.base);
}

/** The last address, which is the network's broadcast address. */
export function lastOf(subnet: Subnet): number {
  return (subnet.base | ~mask(subnet.length)) >>> 0;
}

/** A locally administered hardware address that no two containers of a network share: `02:42` and the address. */
export function macOf(address: number): string {
  const octets = [24, 16, 8, 0].map((shift) => ((address >>> shift) & 255).toString(16).padStart(2, "0"));
  return ["02", "42", ...octets].join(":");
}
