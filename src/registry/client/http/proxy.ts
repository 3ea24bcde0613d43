import { invalid, unsupported } from "../../../core/index.ts";
import { hostOf } from "../trust/address.ts";
import { bypassesProxy } from "./no-proxy.ts";

export interface ProxyServer {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** The proxy's own URL, without the user: `https://` where the connection to the proxy itself is TLS. */
  readonly url: string;
  /** `Proxy-Authorization`, where the URL has a user. */
  readonly headers: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a URL as the environment says it: HTTP_PROXY, HTTPS_PROXY, NO_PROXY or their lower-case forms, with
 * the rules of Go's x/net/http/httpproxy. Undefined: straight.
 * @throws invalid, unsupported when the variable is not a proxy URL
 */
export function proxyFor(url: URL, environment: Environment): ProxyServer | undefined {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const text = (environment[name] || environment[name.toLowerCase()])?.trim();
  if (!text) return undefined;
  if (bypassesProxy(url, environment.NO_PROXY || environment.no_proxy || "")) return undefined;
  return parseProxy(text, name);
}

function parseProxy(text: string, variable: string): ProxyServer {
  let url: URL;
  let headers: ProxyServer["headers"];
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    headers = url.username === "" ? {} : { "Proxy-Authorization": basic(url) };
  } catch {
    // The text may hold a password: it is not repeated.
    throw invalid(`${variable} is not the URL of a proxy: expected http://[USER:PASSWORD@]HOST[:PORT]`);
  }
  const tls = url.protocol === "https:";
  if (!tls && url.protocol !== "http:") {
    throw unsupported(
      `${variable} names a proxy of the kind ${url.protocol}//; only http:// and https:// proxies are supported`,
    );
  }
  const host = hostOf(url);
  return {
    host,
    port: Number(url.port) || (tls ? 443 : 80),
    url: url.origin,
    headers,
  };
}

/** @throws URIError */
function basic(url: URL): string {
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
