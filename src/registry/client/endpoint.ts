import { invalid, unlessAborted } from "../../core/index.ts";
import type { HttpClient } from "./http/http-client.ts";
import { TransportError } from "./http/transport-error.ts";
import type { Trust } from "./trust/trust.ts";

/** Docker Hub's registry answers under another name than its images have. */
const HUB = "docker.io";
const HUB_INDEX = "index.docker.io";
const HUB_HOST = "registry-1.docker.io";
const HOST = /^(\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?$/i;

/** One place that answers the registry API. */
export class Endpoint {
  #probing: { readonly base: Promise<URL>; readonly signal: AbortSignal } | undefined;
  /** It has answered: a failure to connect may pass. */
  reached = false;

  constructor(
    private readonly http: HttpClient,
    private readonly trust: Trust,
    /** To be tried in this order. */
    private readonly bases: readonly URL[],
    /** A mirror gets no credentials, and its failures are not the user's. */
    readonly isMirror: boolean,
  ) {}

  get host(): string {
    return (this.bases[0] as URL).host;
  }

  isInsecure = (url: URL) => this.trust.isInsecure(url);

  /** The URL that `v2/...` is relative to; for insecure registries the first that answers. @throws TransportError */
  async base(signal: AbortSignal): Promise<URL> {
    const [first, ...others] = this.bases as [URL, ...URL[]];
    if (others.length === 0) return first;
    this.#probing ??= { base: this.#probe(first, others, signal), signal };
    const probing = this.#probing;
    try {
      return await unlessAborted(probing.base, signal);
    } catch (error) {
      if (this.#probing === probing && (probing.signal === signal || !signal.aborted))
        this.#probing = undefined;
      // Another request was given up while it probed for us too.
      if (probing.signal !== signal && probing.signal.aborted && !signal.aborted) return this.base(signal);
      throw error;
    }
  }

  /** Forgets which base answered: the registry may have come back with another scheme. */
  forget(): void {
    this.#probing = undefined;
  }

  async #probe(first: URL, others: readonly URL[], signal: AbortSignal): Promise<URL> {
    try {
      await this.#ping(first, signal);
      return first;
    } catch (error) {
      // Where the TLS handshake was made, plain HTTP is no way out.
      if (!(error instanceof TransportError) || !["connect", "tls", "malformed"].includes(error.fault))
        throw error;
      for (const url of others) {
        try {
          await this.#ping(url, signal);
          return url;
        } catch (failure) {
          if (!(failure instanceof TransportError)) throw failure;
          // Of a host that is not there, the first error says as much; of one without TLS, the second.
          if (error.fault !== "connect") throw failure;
        }
      }
      throw error;
    }
  }

  async #ping(base: URL, signal: AbortSignal): Promise<void> {
    const response = await this.http.send({ method: "GET", url: new URL("v2/", base), signal });
    await response.discard();
  }
}

/** A registry's own endpoint. @throws invalid when the domain is not `host[:port]` */
export function endpointOf(domain: string, http: HttpClient, trust: Trust): Endpoint {
  return atHost(isHub(domain) ? HUB_HOST : domain, http, trust);
}

/** Where searches go: Docker Hub has a host of its own for them. @throws invalid */
export function searchEndpoint(domain: string, http: HttpClient, trust: Trust): Endpoint {
  return atHost(isHub(domain) ? HUB_INDEX : domain, http, trust);
}

function atHost(host: string, http: HttpClient, trust: Trust): Endpoint {
  if (!HOST.test(host)) throw invalid(`invalid registry name: ${host}: expected HOST[:PORT]`);
  const secure = baseUrl(`https://${host}/`);
  // A port that is https's usual one is not plain http's: both are made from what was written.
  const bases = trust.isInsecure(secure) ? [secure, baseUrl(`http://${host}/`)] : [secure];
  return new Endpoint(http, trust, bases, false);
}

/** @throws invalid when it is not a http(s) URL */
export function mirrorEndpoint(mirror: string, http: HttpClient, trust: Trust): Endpoint {
  const url = baseUrl(mirror);
  if (!/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "" || url.username !== "") {
    throw invalid(`invalid mirror: ${mirror}: expected https://HOST[:PORT][/PATH]`);
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return new Endpoint(http, trust, [url], true);
}

/** Docker Hub, by the name in references or the one in `docker login`. */
export const isHub = (domain: string) => domain === HUB || domain === HUB_INDEX;

function baseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw invalid(`invalid registry address: ${text}`);
  }
}
