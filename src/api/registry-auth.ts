import type { RegistryAuth } from "../registry/index.ts";
import type { Request } from "./http/request.ts";

/** What clients write for one registry. */
interface Written {
  username?: unknown;
  password?: unknown;
  identitytoken?: unknown;
  registrytoken?: unknown;
  /** Base64 of `name:password`, as configuration files have it. */
  auth?: unknown;
}

/**
 * Who the client is to the registry, from `X-Registry-Auth`: JSON in base64, of either alphabet, with or without
 * padding. What is missing or cannot be read is nobody in particular, as with Docker: the registry has the last word.
 */
export function registryAuth(request: Request): RegistryAuth | undefined {
  return authOf(decode(request.head.headers.get("x-registry-auth")));
}

/** The same for many registries, from `X-Registry-Config` of a build: credentials by the address they are kept under. */
export function registryConfig(request: Request): ReadonlyMap<string, RegistryAuth> {
  const known = new Map<string, RegistryAuth>();
  const written = decode(request.head.headers.get("x-registry-config"));
  for (const [server, value] of Object.entries(written ?? {})) {
    const auth = authOf(value);
    if (auth) known.set(server, auth);
  }
  return known;
}

/** Credentials as JSON has them; undefined where there are none. */
export function authOf(value: unknown): RegistryAuth | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const written = value as Written;
  const [name, password] = split(text(written.auth));
  const auth: RegistryAuth = {
    username: text(written.username) ?? name,
    password: text(written.password) ?? password,
    identityToken: text(written.identitytoken),
    registryToken: text(written.registrytoken),
  };
  return Object.values(auth).some((part) => part !== undefined) ? auth : undefined;
}

function decode(header: string | undefined): object | undefined {
  if (!header) return undefined;
  try {
    // Buffer takes both alphabets, and padding or none.
    const value: unknown = JSON.parse(Buffer.from(header, "base64").toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function split(encoded: string | undefined): [string?, string?] {
  if (encoded === undefined) return [];
  const plain = Buffer.from(encoded, "base64").toString("utf8");
  const colon = plain.indexOf(":");
  return colon < 1 ? [] : [plain.slice(0, colon), plain.slice(colon + 1)];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
