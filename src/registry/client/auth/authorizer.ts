import { digestOf, invalid } from "../../../core/index.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { Timing } from "../timing.ts";
import type { RegistryAuth } from "../types.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { basicHeader, fetchToken, type Token } from "./token.ts";
import type { TokenCache } from "./token-cache.ts";

export interface AuthorizerOptions {
  readonly http: HttpClient;
  readonly tokens: TokenCache;
  readonly timing: Timing;
  /** Whether plain HTTP and bad certificates will do at this URL's host. */
  readonly isInsecure: (url: URL) => boolean;
}

/** What proves to one registry who we are: learnt from its first 401, then sent with every request. */
export class Authorizer {
  #challenge: Challenge | undefined;

  constructor(
    private readonly options: AuthorizerOptions,
    private readonly auth: RegistryAuth,
  ) {}

  /** The `Authorization` header as far as it is known what the registry wants. @throws as `fetchToken` */
  async header(base: URL, scopes: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    if (this.auth.registryToken) return `Bearer ${safe(this.auth.registryToken)}`;
    if (this.#challenge?.scheme === "basic") return basicHeader(this.auth);
    if (this.#challenge?.scheme === "bearer") return this.#bearer(this.#challenge, base, scopes, signal);
    return undefined;
  }

  /**
   * The header that answers a 401, once: a token that was refused is asked for anew. Undefined where there is
   * nothing (more) to say. @param refused the header the registry has refused
   */
  async answer(
    wwwAuthenticate: string | undefined,
    refused: string | undefined,
    base: URL,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (this.auth.registryToken) return undefined;
    const challenges = parseChallenges(wwwAuthenticate);
    // A token is the narrower right: the better answer where both are offered.
    const bearer = challenges.find(
      ({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"),
    );
    const basic = challenges.find(({ scheme }) => scheme === "basic");
    this.#challenge = bearer ?? basic;
    if (bearer) {
      if (refused) this.options.tokens.drop(this.#key(bearer, base, scopes));
      return this.#bearer(bearer, base, scopes, signal);
    }
    const header = basic && basicHeader(this.auth);
    return header === refused ? undefined : header;
  }

  /** A token with a refresh token, for `docker login`; undefined where the registry does not deal in tokens. */
  async login(base: URL, signal: AbortSignal): Promise<Token | undefined> {
    if (this.#challenge?.scheme !== "bearer") return undefined;
    return fetchToken(
      this.options.http,
      { ...this.#request(this.#challenge, base, [], signal), offline: true },
      this.options.timing.now(),
    );
  }

  async #bearer(
    challenge: Challenge,
    base: URL,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<string> {
    const { http, tokens, timing } = this.options;
    const request = this.#request(challenge, base, scopes, signal);
    const fetch = () => fetchToken(http, request, timing.now());
    return `Bearer ${await tokens.get(this.#key(challenge, base, scopes), fetch, signal)}`;
  }

  #request(challenge: Challenge, base: URL, scopes: readonly string[], signal: AbortSignal) {
    const { isInsecure } = this.options;
    return {
      realm: realmOf(challenge, base, isInsecure),
      service: challenge.parameters.get("service"),
      scopes: withChallenged(scopes, challenge.parameters.get("scope")),
      auth: this.auth,
      isInsecure,
      signal,
    };
  }

  /** Who asks whom for what. Hashed: passwords are not kept as keys. */
  #key(challenge: Challenge, base: URL, scopes: readonly string[]): string {
    const { username, password, identityToken } = this.auth;
    const { parameters } = challenge;
    return digestOf(
      JSON.stringify([
        ...[base.origin, parameters.get("realm"), parameters.get("service"), parameters.get("scope")],
        ...[scopes, username, password, identityToken],
      ]),
    );
  }
}

/**
 * The token server as the registry names it. That may be any host: by the protocol it gets the credentials; but
 * they go there over TLS, unless the registry itself is one where plain HTTP will do.
 */
function realmOf(challenge: Challenge, base: URL, isInsecure: (url: URL) => boolean): URL {
  const text = challenge.parameters.get("realm") ?? "";
  let realm: URL;
  try {
    realm = new URL(text);
  } catch {
    throw invalid(
      `${base.host} names a token server that is not a URL: ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  const plainWillDo = realm.protocol === "http:" && isInsecure(base);
  if ((realm.protocol !== "https:" && !plainWillDo) || realm.username !== "") {
    throw invalid(
      `${base.host} wants credentials sent to ${realm.protocol}//${realm.host}, which is not https: refused`,
    );
  }
  return realm;
}

/** What we need and what the registry says that we need. */
function withChallenged(scopes: readonly string[], challenged: string | undefined): string[] {
  const all = new Set(scopes);
  for (const scope of (challenged ?? "").split(" ")) {
    const [type, name, actions] = /^([^:]+):(.+):([a-z*,]+)$/.exec(scope)?.slice(1) ?? [];
    const covered = [...all].some((known) => {
      const prefix = `${type}:${name}:`;
      const wanted = (actions ?? "").split(",");
      return (
        known.startsWith(prefix) && wanted.every((one) => known.slice(prefix.length).split(",").includes(one))
      );
    });
    if (scope !== "" && !covered) all.add(scope);
  }
  return [...all];
}

function safe(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) throw invalid("the registry token has characters that no token has");
  return token;
}
