import { invalid } from "./errors.ts";

/** OCI platform: Go's names for operating system and architecture. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const GO_ARCH: Record<string, string> = { x64: "amd64", ia32: "386", arm: "arm", arm64: "arm64" };
const UNAME: Record<string, string> = { amd64: "x86_64", arm64: "aarch64", arm: "armv7l", 386: "i686" };

export function hostPlatform(): Platform {
  return { os: "linux", architecture: GO_ARCH[process.arch] ?? process.arch };
}

/** The architecture as uname(2) says it, which is what `docker info` shows. */
export function unameMachine(architecture: string): string {
  return UNAME[architecture] ?? architecture;
}

/** Reads `os/arch[/variant]` or a single architecture. @throws invalid */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/").map((part) => part.toLowerCase());
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9][a-z0-9_.-]*$/.test(part))) {
    throw invalid(`invalid platform ${JSON.stringify(text)}: expected os/architecture[/variant]`);
  }
  const [first = "", second, variant] = parts;
  const alias: Record<string, string> = { x86_64: "amd64", "x86-64": "amd64", aarch64: "arm64", i386: "386" };
  const arch = (name: string) => alias[name] ?? name;
  if (second === undefined) {
    return first === "linux" ? hostPlatform() : { os: "linux", architecture: arch(first) };
  }
  return { os: first, architecture: arch(second), ...(variant && { variant }) };
}

export function formatPlatform(platform: Platform): string {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}
