/** Who we are to a registry. */
export interface Credentials {
  readonly username: string;
  /** Empty where there is a token instead. */
  readonly password: string;
  /** An OAuth2 refresh token, in the place of a password. */
  readonly identityToken?: string;
}

/** An entry of `auths` in the configuration. */
export interface AuthEntry {
  /** Base64 of `name:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** What an entry says; undefined where it says nothing. */
export function credentialsOf(entry: AuthEntry): Credentials | undefined {
  const plain = Buffer.from(entry.auth ?? "", "base64").toString();
  const colon = plain.indexOf(":");
  const username = entry.username || (colon > 0 ? plain.slice(0, colon) : "");
  // Some programs pad with zeros.
  const password = entry.password || (colon > 0 ? plain.slice(colon + 1).replace(/\0+$/, "") : "");
  if (entry.identitytoken) return { username, password: "", identityToken: entry.identitytoken };
  return username === "" ? undefined : { username, password };
}

/** The entry for credentials, as Docker writes it. */
export function entryOf({ username, password, identityToken }: Credentials): AuthEntry {
  return {
    auth: Buffer.from(`${username}:${password}`).toString("base64"),
    ...(identityToken && { identitytoken: identityToken }),
  };
}

/** The fields of a request's credentials, for the registry kept under `key`. */
export function authConfig(
  { username, password, identityToken }: Credentials,
  key: string,
): Record<string, string> {
  return identityToken
    ? { identitytoken: identityToken, serveraddress: key }
    : { username, password, serveraddress: key };
}

/**
 * JSON in the URL's variant of base64, padded: how the headers `X-Registry-Auth` and `X-Registry-Config` are written.
 * Docker's daemon takes what is not padded for nothing at all.
 */
export function encodeHeader(value: unknown): string {
  const text = Buffer.from(JSON.stringify(value)).toString("base64");
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** Credentials of nobody. */
export const NOBODY = encodeHeader({});
