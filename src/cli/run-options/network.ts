import { invalid } from "../../core/index.ts";
import type { EndpointSettings } from "../../spec/index.ts";
import { parseCsv } from "./csv.ts";
import { cut } from "./text.ts";

/** One network to attach to, with what was asked for on it. */
export interface NetworkAttachment {
  readonly target: string;
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocal: readonly string[];
  readonly mac: string;
  readonly gatewayPriority: number;
}

const PLAIN: NetworkAttachment = {
  target: "",
  aliases: [],
  links: [],
  driverOptions: {},
  ipv4: "",
  ipv6: "",
  linkLocal: [],
  mac: "",
  gatewayPriority: 0,
};

/** One `--network`: a name or mode, or fields `name=,alias=,ip=,ip6=,link-local-ip=,driver-opt=,...`. @throws invalid */
export function parseNetwork(text: string): NetworkAttachment {
  if (!/\w+=\w+(,\w+=\w+)*/.test(text)) return { ...PLAIN, target: text };
  const network = { ...PLAIN, aliases: [] as string[], linkLocal: [] as string[] };
  const driverOptions: Record<string, string> = {};
  for (const field of parseCsv(text)) {
    const [rawKey, rawValue] = cut(field, "=");
    if (rawValue === undefined || rawKey === "") throw invalid(`invalid field ${field}`);
    const key = rawKey.trim();
    const value = rawValue.trim();
    if (key === "name") network.target = value;
    else if (key === "alias") network.aliases.push(value);
    else if (key === "ip") network.ipv4 = value;
    else if (key === "ip6") network.ipv6 = value;
    else if (key === "mac-address") network.mac = value;
    else if (key === "link-local-ip") network.linkLocal.push(value);
    else if (key === "gw-priority") network.gatewayPriority = priority(value);
    else if (key === "driver-opt") {
      const [name, setting] = cut(value, "=");
      if (setting === undefined || name === "") {
        throw invalid("invalid key value pair format in driver options");
      }
      driverOptions[name.trim()] = setting.trim();
    } else throw invalid(`invalid field key ${key}`);
  }
  if (network.target === "") throw invalid("network name/id is not specified");
  return { ...network, driverOptions };
}

function priority(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw invalid(`invalid gw-priority (${text}): invalid syntax`);
  return Number(text);
}

/** Flags that speak of the first network. */
export interface NetworkFlags {
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocal: readonly string[];
  readonly mac: string;
}

export interface NetworkChoice {
  readonly mode: string;
  readonly endpoints: Record<string, Partial<EndpointSettings>>;
}

/** The network mode and the endpoints of all `--network` flags and of the flags about the first of them. @throws invalid */
export function chooseNetworks(
  attachments: readonly NetworkAttachment[],
  flags: NetworkFlags,
): NetworkChoice {
  const [first = { ...PLAIN, target: "default" }, ...others] = attachments;
  const endpoints: Record<string, Partial<EndpointSettings>> = {};
  const all = [withFlags(first, flags), ...others];
  for (const attachment of all) {
    if (attachment.target in endpoints) {
      throw invalid(`network "${attachment.target}" is specified multiple times`);
    }
    endpoints[attachment.target] = endpointOf(attachment);
  }
  const userDefined = all.filter(({ target }) => isUserDefined(target)).length;
  if (userDefined > 0 && userDefined < all.length) {
    throw invalid("conflicting options: cannot attach both user-defined and non-user-defined network-modes");
  }
  // One network without wishes: its mode says it all.
  const bare = attachments.length === 1 && Object.keys(endpoints[first.target] ?? {}).length === 0;
  return { mode: first.target, endpoints: bare ? {} : endpoints };
}

function withFlags(network: NetworkAttachment, flags: NetworkFlags): NetworkAttachment {
  const conflict = (flag: string, field: string) =>
    invalid(`conflicting options: cannot specify both ${flag} and per-network ${field}`);
  if (network.aliases.length && flags.aliases.length) throw conflict("--network-alias", "alias");
  if (network.ipv4 && flags.ipv4) throw conflict("--ip", "IPv4 address");
  if (network.ipv6 && flags.ipv6) throw conflict("--ip6", "IPv6 address");
  if (network.mac && flags.mac) throw conflict("--mac-address", "MAC address");
  if (network.linkLocal.length && flags.linkLocal.length) {
    throw conflict("--link-local-ip", "link-local IP addresses");
  }
  return {
    ...network,
    aliases: flags.aliases.length ? flags.aliases : network.aliases,
    // Links of the default bridge are the engine's affair, by HostConfig.Links.
    links: isUserDefined(network.target) ? flags.links : [],
    ipv4: flags.ipv4 || network.ipv4,
    ipv6: flags.ipv6 || network.ipv6,
    mac: flags.mac || network.mac,
    linkLocal: flags.linkLocal.length ? flags.linkLocal : network.linkLocal,
  };
}

function endpointOf(network: NetworkAttachment): Partial<EndpointSettings> {
  if (network.target.trim() === "") throw invalid("no name set for network");
  if (!isUserDefined(network.target) && network.aliases.length) {
    throw invalid("network-scoped aliases are only supported for user-defined networks");
  }
  if (network.mac && !isMacAddress(network.mac)) throw invalid(`${network.mac} is not a valid mac address`);
  const { ipv4, ipv6, linkLocal } = network;
  return {
    ...(network.aliases.length && { Aliases: [...network.aliases] }),
    ...(network.links.length && { Links: [...network.links] }),
    ...(Object.keys(network.driverOptions).length && { DriverOpts: network.driverOptions }),
    ...((ipv4 || ipv6 || linkLocal.length) && {
      IPAMConfig: {
        ...(ipv4 && { IPv4Address: ipv4 }),
        ...(ipv6 && { IPv6Address: ipv6 }),
        ...(linkLocal.length && { LinkLocalIPs: [...linkLocal] }),
      },
    }),
    ...(network.mac && { MacAddress: network.mac }),
    ...(network.gatewayPriority && { GwPriority: network.gatewayPriority }),
  };
}

function isUserDefined(target: string): boolean {
  return !["default", "bridge", "host", "none"].includes(target) && !/^container(:|$)/.test(target);
}

/** EUI-48, EUI-64 or a 20-octet InfiniBand address, in any of the three usual spellings. */
export function isMacAddress(text: string): boolean {
  const pair = "[0-9a-fA-F]{2}";
  const four = "[0-9a-fA-F]{4}";
  return [6, 8, 20].some((octets) =>
    new RegExp(
      `^(?:${pair}(?::${pair}){${octets - 1}}|${pair}(?:-${pair}){${octets - 1}}|${four}(?:\\.${four}){${octets / 2 - 1}})$`,
    ).test(text),
  );
}

/** One `--link`, `container[:alias]`. @throws invalid */
export function parseLink(text: string): string {
  if (text === "") throw invalid("empty string specified for links");
  if (text.split(":").length > 2) throw invalid(`bad format for links: ${text}`);
  return text;
}
