import { invalid } from "../../core/index.ts";
import type { PortMap } from "../../spec/index.ts";
import { ipVersion } from "./ip-address.ts";
import { cut } from "./text.ts";

export interface PublishedPorts {
  /** Keys such as `80/tcp`. */
  readonly exposed: Record<string, Record<string, never>>;
  readonly bindings: PortMap;
}

/**
 * `--publish` values, `[ip:][host[-range]:]container[-range][/protocol]` or `published=,target=,protocol=`, and
 * `--expose` values, as the two maps of the API. @throws invalid
 */
export function parsePorts(publish: readonly string[], expose: readonly string[]): PublishedPorts {
  const exposed: Record<string, Record<string, never>> = {};
  const bindings: PortMap = {};
  for (const text of publish) {
    for (const { port, ip, host } of parsePublish(longForm(text))) {
      exposed[port] = {};
      bindings[port] = [...(bindings[port] ?? []), { HostIp: ip, HostPort: host }];
    }
  }
  for (const text of expose) for (const port of parseExpose(text)) exposed[port] = {};
  return { exposed, bindings };
}

/** `published=8080,target=80,protocol=udp` in the short form; any other text unchanged. */
function longForm(text: string): string {
  if (!text.includes("=")) return text;
  const fields: Record<string, string> = { protocol: "tcp" };
  for (const field of text.split(",")) {
    const [key, value] = cut(field, "=");
    if (value === undefined) {
      throw invalid(`invalid publish opts format (should be name=value but got '${field}')`);
    }
    fields[key] = value;
  }
  return `${fields.published ?? ""}:${fields.target ?? ""}/${fields.protocol}`;
}

interface Published {
  port: string;
  ip: string;
  host: string;
}

function parsePublish(text: string): Published[] {
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const host = parts.length > 1 ? (parts.at(-2) ?? "") : "";
  const ip = address(parts.slice(0, -2).join(":"));
  const [container, written] = splitProtocol(last);
  const protocol = written.toLowerCase();
  if (container === "") throw invalid(`no port specified: ${text}<empty>`);
  const [start, end] = range(container) ?? fail(`invalid containerPort: ${container}`);
  const [hostStart, hostEnd] = host === "" ? [0, 0] : (range(host) ?? fail(`invalid hostPort: ${host}`));
  if (host !== "" && end - start !== hostEnd - hostStart && end !== start) {
    throw invalid(`invalid ranges specified for container and host Ports: ${container} and ${host}`);
  }
  if (!isProtocol(protocol)) throw invalid(`invalid proto: ${written}`);
  const ports: Published[] = [];
  for (let port = start; port <= end; port++) {
    // A range of host ports for one container port: the engine takes one that is free.
    const choice = start === end && hostStart !== hostEnd ? `${hostStart}-${hostEnd}` : undefined;
    ports.push({
      port: `${port}/${protocol}`,
      ip,
      host: host === "" ? "" : (choice ?? String(hostStart + port - start)),
    });
  }
  return ports;
}

function parseExpose(text: string): string[] {
  if (text.includes(":")) throw invalid(`invalid port format for --expose: ${text}`);
  const [port, written] = splitProtocol(text);
  const protocol = written.toLowerCase();
  const bad = (why: string) => fail(`invalid range format for --expose: ${text}, error: ${why}`);
  if (port === "") bad("empty string specified for ports");
  const [start, end] = range(port) ?? bad(whyNoRange(port));
  if (!isProtocol(protocol)) throw invalid(`invalid proto: ${written}`);
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${protocol}`);
}

function address(text: string): string {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (bare !== "" && ipVersion(bare) === 0) throw invalid(`invalid IP address: ${bare}`);
  return bare;
}

/** `80/udp` as `["80", "udp"]`; the protocol is `tcp` where none is written. */
function splitProtocol(text: string): [string, string] {
  const [port = "", protocol = ""] = text.split("/");
  return [port, protocol || "tcp"];
}

function isProtocol(text: string): boolean {
  return ["tcp", "udp", "sctp"].includes(text);
}

/** `80` or `80-90`; undefined when it is not a range of port numbers. */
function range(text: string): [number, number] | undefined {
  const [first, second] = cut(text, "-");
  const start = portNumber(first);
  const end = second === undefined ? start : portNumber(second);
  return start === undefined || end === undefined || end < start ? undefined : [start, end];
}

function whyNoRange(text: string): string {
  const wrong = text.split("-", 2).find((part) => portNumber(part) === undefined);
  if (wrong === undefined) return `invalid range specified for port: ${text}`;
  const why = /^\d+$/.test(wrong) ? "value out of range" : "invalid syntax";
  return `strconv.ParseUint: parsing ${JSON.stringify(wrong)}: ${why}`;
}

function portNumber(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return number <= 65535 ? number : undefined;
}

function fail(message: string): never {
  throw invalid(message);
}
