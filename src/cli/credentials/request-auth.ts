import { messageOf } from "../../core/index.ts";
import type { Output } from "../command.ts";
import { authConfig, encodeHeader } from "./credentials.ts";
import { keyOfServer } from "./server-key.ts";
import { allCredentials, type CredentialConfig, getCredentials } from "./store.ts";

/**
 * The header that tells a registry who we are; none without credentials. A helper that fails is said, and the request
 * goes on without: much can be had by everybody.
 */
export async function registryAuth(
  config: CredentialConfig,
  domain: string,
  err: Output,
): Promise<Record<string, string>> {
  const key = keyOfServer(domain);
  const known = await tolerated(err, () => getCredentials(config, key));
  return known ? { "X-Registry-Auth": encodeHeader(authConfig(known, key)) } : {};
}

/** The header with the credentials for every registry that a Dockerfile may name. */
export async function registryConfig(config: CredentialConfig, err: Output): Promise<Record<string, string>> {
  const known = (await tolerated(err, () => allCredentials(config))) ?? new Map();
  if (known.size === 0) return {};
  const byKey = Object.fromEntries([...known].map(([key, found]) => [key, authConfig(found, key)]));
  return { "X-Registry-Config": encodeHeader(byKey) };
}

async function tolerated<T>(err: Output, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    err.write(`WARNING: ${messageOf(error)}\n`);
    return undefined;
  }
}
