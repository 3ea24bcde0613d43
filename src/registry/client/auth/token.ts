import * as v from "valibot";
import { denied, invalid } from "../../../core/index.ts";
import { jsonOf } from "../documents.ts";
import { failureOf, reworded } from "../failures.ts";
import type { HttpClient } from "../http/http-client.ts";
import { isRedirect, MAX_REDIRECTS, resolveLocation, sameOrigin } from "../http/redirect.ts";
import type { HttpResponse } from "../http/response.ts";
import type { RegistryAuth } from "../types.ts";

/** What a token server may say, in bytes: tokens of registries with long lists of rights have some ten thousand. */
const MAX_REPLY = 1 << 20;
/** The specification's lifetime where none is told, and the shortest that is believed, in seconds. */
const LEAST_LIFETIME = 60;
const MOST_LIFETIME = 3600;
/** A token is not used in its last seconds: the request must arrive before its end, in ms. */
const MARGIN = 10_000;
const CLIENT_ID = "berth";

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly auth: RegistryAuth;
  /** Ask for a refresh token too, for `docker login`. */
  readonly offline?: boolean;
  readonly isInsecure: (url: URL) => boolean;
  readonly signal: AbortSignal;
}

export interface Token {
  readonly value: string;
  /** ms since the epoch */
  readonly expires: number;
  readonly refresh: string;
}

const headerSafe = v.pipe(v.string(), v.regex(/^[\x21-\x7e]*$/, "not a token"));
const tokenReply = v.looseObject({
  token: v.nullish(headerSafe),
  access_token: v.nullish(headerSafe),
  refresh_token: v.nullish(v.string()),
  expires_in: v.nullish(v.number()),
});

/**
 * Asks a token server for a bearer token: a refresh token goes by OAuth2's POST, a password by GET with basic
 * authentication, and by POST where GET is not answered (distribution's token and OAuth2 specifications).
 * @throws denied `unauthorized: ...`; invalid; PassingFailure
 */
export async function fetchToken(http: HttpClient, request: TokenRequest, now: number): Promise<Token> {
  const { auth } = request;
  let response = auth.identityToken ? await post(http, request) : await get(http, request);
  if (!auth.identityToken && auth.username && (response.status === 404 || response.status === 405)) {
    await response.discard();
    response = await post(http, request);
  }
  if (response.status !== 200) throw await refused(response, now);
  const reply = await jsonOf(response, tokenReply, MAX_REPLY, "token");
  const value = reply.token || reply.access_token;
  if (!value) throw invalid(`token of ${response.url.host} is not as expected: it has no token in it`);
  const seconds = Math.min(Math.max(reply.expires_in ?? 0, LEAST_LIFETIME), MOST_LIFETIME);
  return { value, expires: now + seconds * 1000 - MARGIN, refresh: reply.refresh_token ?? "" };
}

async function get(http: HttpClient, request: TokenRequest): Promise<HttpResponse> {
  const { realm, service, scopes, auth, signal, isInsecure } = request;
  let url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (auth.username) url.searchParams.set("account", auth.username);
  if (request.offline) {
    url.searchParams.set("offline_token", "true");
    url.searchParams.set("client_id", CLIENT_ID);
  }
  for (let hops = 0; ; hops++) {
    const authorization = sameOrigin(url, realm) ? basicHeader(auth) : undefined;
    const headers: Record<string, string> = authorization ? { Authorization: authorization } : {};
    const response = await http.send({ method: "GET", url, headers, signal });
    if (!isRedirect(response.status) || hops >= MAX_REDIRECTS) return response;
    await response.discard();
    url = resolveLocation(url, response.headers.get("location"), isInsecure);
  }
}

function post(http: HttpClient, request: TokenRequest): Promise<HttpResponse> {
  const { realm, service, scopes, auth, signal } = request;
  const form = new URLSearchParams({ client_id: CLIENT_ID });
  if (service !== undefined) form.set("service", service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  if (auth.identityToken) {
    form.set("grant_type", "refresh_token");
    form.set("refresh_token", auth.identityToken);
  } else {
    form.set("grant_type", "password");
    form.set("username", auth.username ?? "");
    form.set("password", auth.password ?? "");
  }
  if (request.offline) form.set("access_type", "offline");
  return http.send({
    method: "POST",
    url: realm,
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: Buffer.from(form.toString()),
    signal,
  });
}

async function refused(response: HttpResponse, now: number): Promise<Error> {
  const { status } = response;
  const error = await failureOf(response, now);
  if (status !== 400 && status !== 401 && status !== 403) return error;
  return reworded(error, ({ message }) =>
    denied(/^(unauthorized|denied)/i.test(message) ? message : `unauthorized: ${message}`),
  );
}

/** `Authorization` for a user name and password; undefined where there is none. */
export function basicHeader(auth: RegistryAuth): string | undefined {
  if (!auth.username) return undefined;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password ?? ""}`).toString("base64")}`;
}
