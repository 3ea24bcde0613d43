import { formatPlatform, type Platform } from "../../../core/index.ts";

/** Arguments that every build has in its global scope without being told. */
export function automaticArgs(target: Platform, build: Platform, stage: string): [string, string][] {
  const of = (prefix: string, platform: Platform): [string, string][] => [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
  return [...of("BUILD", build), ...of("TARGET", target), ["TARGETSTAGE", stage]];
}

const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/** True for the proxy settings that a client may give without an ARG. */
export function isProxyArg(name: string): boolean {
  return PROXIES.includes(name.toUpperCase());
}

/** `NAME=value` of every proxy setting, in both spellings. */
export function proxyEnvironment(buildArgs: ReadonlyMap<string, string>): string[] {
  const env: string[] = [];
  for (const name of PROXIES) {
    const value = buildArgs.get(name) ?? buildArgs.get(name.toLowerCase());
    if (value !== undefined) env.push(`${name}=${value}`, `${name.toLowerCase()}=${value}`);
  }
  return env;
}
