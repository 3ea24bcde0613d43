import { type AuthEntry, type Credentials, credentialsOf, entryOf } from "./credentials.ts";
import { type CredentialHelper, credentialHelper } from "./helper.ts";
import { hostOfKey } from "./server-key.ts";

/** The parts of the client's configuration that tell where credentials are. */
export interface CredentialConfig {
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  /** Name of the helper that keeps all credentials. */
  readonly credsStore?: string;
  /** Names of helpers for single registries. */
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** The credentials kept for a key; undefined where there are none. @throws invalid where a helper fails */
export async function getCredentials(
  config: CredentialConfig,
  key: string,
): Promise<Credentials | undefined> {
  const helper = helperFor(config, key);
  if (helper) return helper.get(key);
  const auths = config.auths ?? {};
  // Other programs write keys as URLs, with a scheme or a path.
  const same = Object.keys(auths).find((other) => hostOfKey(other) === hostOfKey(key));
  const entry = auths[key] ?? (same === undefined ? undefined : auths[same]);
  return entry && credentialsOf(entry);
}

/** Every credential there is, by key: those of the file, of the store, and of the helpers for single registries. */
export async function allCredentials(config: CredentialConfig): Promise<Map<string, Credentials>> {
  const known = new Map<string, Credentials>();
  const add = (key: string, credentials: Credentials | undefined) => {
    if (credentials) known.set(key, credentials);
  };
  if (config.credsStore) {
    const store = credentialHelper(config.credsStore);
    for (const key of await store.list()) add(key, await store.get(key));
  } else {
    for (const [key, entry] of Object.entries(config.auths ?? {})) add(key, credentialsOf(entry));
  }
  for (const [key, name] of Object.entries(config.credHelpers ?? {})) {
    add(key, await credentialHelper(name).get(key));
  }
  return known;
}

/** The helper that is responsible for a key; undefined where the file is. */
export function helperFor(config: CredentialConfig, key: string): CredentialHelper | undefined {
  const helpers = config.credHelpers ?? {};
  const name = helpers[key] ?? helpers[hostOfKey(key)] ?? config.credsStore;
  return name ? credentialHelper(name) : undefined;
}

/**
 * Keeps credentials, in `data` or with a helper; `data` is to be saved afterwards.
 * Says whether they are now readable in the file, which they were not before.
 */
export async function keepCredentials(
  data: Record<string, unknown>,
  key: string,
  credentials: Credentials,
): Promise<"plain" | "same" | "helper"> {
  const config = data as CredentialConfig;
  const helper = helperFor(config, key);
  if (helper) {
    await helper.store(key, credentials);
    // That there are some is to be seen in the file too.
    data.auths = { ...config.auths, [key]: {} };
    return "helper";
  }
  const entry = entryOf(credentials);
  const before = config.auths?.[key];
  data.auths = { ...config.auths, [key]: entry };
  return before?.auth === entry.auth ? "same" : "plain";
}

/** Forgets credentials, under the key and every other spelling of it. `data` is to be saved afterwards. */
export async function eraseCredentials(data: Record<string, unknown>, key: string): Promise<void> {
  const config = data as CredentialConfig;
  const host = hostOfKey(key);
  const kept = Object.entries(config.auths ?? {}).filter(([other]) => hostOfKey(other) !== host);
  if (config.auths) data.auths = Object.fromEntries(kept);
  await helperFor(config, key)?.erase(key);
}
