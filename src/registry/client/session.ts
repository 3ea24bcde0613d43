import { invalid } from "../../core/index.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import type { Endpoint } from "./endpoint.ts";
import type { HttpClient } from "./http/http-client.ts";
import { isRedirect, MAX_REDIRECTS, resolveLocation, sameOrigin } from "./http/redirect.ts";
import type { HttpResponse } from "./http/response.ts";
import { TransportError } from "./http/transport-error.ts";
import type { StreamedBody } from "./http/upload.ts";

export interface SessionRequest {
  readonly method: string;
  /** Relative to the registry's base (`v2/...`), or a URL the registry gave. */
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  /** The rights it needs, as token servers write them: `repository:NAME:pull`. */
  readonly scopes: readonly string[];
  readonly patience?: number;
  readonly signal: AbortSignal;
}

/** Requests to one endpoint as one user: authorised, redirected, but not repeated. */
export class Session {
  constructor(
    private readonly http: HttpClient,
    readonly endpoint: Endpoint,
    readonly authorizer: Authorizer,
  ) {}

  /**
   * Sends a request with the credentials the registry asks for, and follows redirects. Credentials go to the
   * registry's own origin alone. A reply of any status is returned, 401 when the credentials did not do.
   * @throws TransportError, PassingFailure, BerthError of redirects and of the token server
   */
  async send(request: SessionRequest): Promise<HttpResponse> {
    const { signal, scopes } = request;
    const base = await this.endpoint.base(signal);
    let url = new URL(request.target, base);
    let authorization = await this.#authorization(url, base, request);
    let answered = false;
    for (let hops = 0; ; ) {
      const response = await this.#once(url, authorization, request);
      try {
        if (response.status === 401 && sameOrigin(url, base) && !answered) {
          answered = true;
          const challenge = response.headers.get("www-authenticate");
          const answer = await this.authorizer.answer(challenge, authorization, base, scopes, signal);
          if (answer === undefined) return response;
          authorization = answer;
        } else if (follows(request.method, response.status)) {
          if (++hops > MAX_REDIRECTS) throw invalid(`${base.host} redirects without end`);
          url = resolveLocation(url, response.headers.get("location"), this.endpoint.isInsecure);
          authorization = await this.#authorization(url, base, request);
        } else {
          return response;
        }
      } catch (error) {
        response.close();
        throw error;
      }
      await response.discard();
    }
  }

  async #authorization(url: URL, base: URL, request: SessionRequest): Promise<string | undefined> {
    if (!sameOrigin(url, base)) return undefined;
    return this.authorizer.header(base, request.scopes, request.signal);
  }

  async #once(url: URL, authorization: string | undefined, request: SessionRequest): Promise<HttpResponse> {
    const headers = { ...request.headers, ...(authorization && { Authorization: authorization }) };
    const { method, body, patience, signal } = request;
    try {
      const response = await this.http.send({ method, url, headers, body, patience, signal });
      this.endpoint.reached = true;
      return response;
    } catch (error) {
      if (error instanceof TransportError && error.fault !== "stalled") this.endpoint.forget();
      throw error;
    }
  }
}

/** Requests that change something are sent to another place only where the status says they stay what they are. */
function follows(method: string, status: number): boolean {
  return method === "GET" || method === "HEAD" ? isRedirect(status) : status === 307 || status === 308;
}
