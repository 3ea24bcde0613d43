import type { PortSummary } from "../../spec/index.ts";

interface Range {
  ip: string;
  type: string;
  first: number;
  last: number;
}

/** `host:port`, an IPv6 address in brackets. */
export function joinHostPort(host: string, port: string | number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Ports as `docker ps` shows them: `0.0.0.0:8080->80/tcp, 443/tcp`. Neighbouring ports whose host port is the same
 * are joined to a range.
 */
export function portsText(ports: readonly PortSummary[]): string {
  const ranges = new Map<string, Range>();
  const finished: string[] = [];
  const mapped: string[] = [];
  for (const { IP = "", PrivatePort, PublicPort, Type } of [...ports].sort(byPort)) {
    if (IP !== "" && PublicPort !== PrivatePort) {
      mapped.push(`${joinHostPort(IP, PublicPort ?? 0)}->${PrivatePort}/${Type}`);
      continue;
    }
    const key = `${IP}/${Type}`;
    const range = ranges.get(key);
    if (range && PrivatePort === range.last + 1) {
      range.last = PrivatePort;
      continue;
    }
    if (range) finished.push(rangeText(range));
    ranges.set(key, { ip: IP, type: Type, first: PrivatePort, last: PrivatePort });
  }
  return [...finished, ...[...ranges.values()].map(rangeText), ...mapped].join(", ");
}

function rangeText({ ip, type, first, last }: Range): string {
  const span = first === last ? String(first) : `${first}-${last}`;
  return `${ip === "" ? span : `${joinHostPort(ip, span)}->${span}`}/${type}`;
}

function byPort(a: PortSummary, b: PortSummary): number {
  return (
    a.PrivatePort - b.PrivatePort ||
    compare(a.IP ?? "", b.IP ?? "") ||
    (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
    compare(a.Type, b.Type)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
