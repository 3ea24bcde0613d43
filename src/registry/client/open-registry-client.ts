import { familiarName } from "../../core/index.ts";
import { Authorizer } from "./auth/authorizer.ts";
import { TokenCache } from "./auth/token-cache.ts";
import { type Endpoint, endpointOf, isHub, mirrorEndpoint, searchEndpoint } from "./endpoint.ts";
import { HttpClient } from "./http/http-client.ts";
import { login } from "./login.ts";
import { downloadBlob } from "./repository/blob-download.ts";
import type { RepositoryContext } from "./repository/context.ts";
import { getManifest, headManifest, putManifest } from "./repository/manifests.ts";
import { checkedPath, pushBlob } from "./repository/push-blob.ts";
import { listReferrers } from "./repository/referrers.ts";
import { listTags } from "./repository/tags.ts";
import { search, splitTerm } from "./search.ts";
import { Session } from "./session.ts";
import { REAL_TIMING, type Timing } from "./timing.ts";
import { Trust } from "./trust/trust.ts";
import type { RegistryAuth, RegistryClient, RegistrySettings, Repository } from "./types.ts";

/**
 * The one client of an engine: connections and tokens are shared by all its repositories. Nothing is dialled before
 * the first request. @param timing other limits and another clock, for tests
 * @throws invalid when a mirror is not a URL
 */
export function openRegistryClient(settings: RegistrySettings, timing: Partial<Timing> = {}): RegistryClient {
  const limits = { ...REAL_TIMING, ...timing };
  const trust = new Trust(settings);
  const { environment, userAgent } = settings;
  const http = new HttpClient({ trust, environment, userAgent, timing: limits });
  const tokens = new TokenCache(limits.now);
  const session = (endpoint: Endpoint, auth: RegistryAuth) =>
    new Session(
      http,
      endpoint,
      new Authorizer({ http, tokens, timing: limits, isInsecure: endpoint.isInsecure }, auth),
    );
  const mirrorsOf = (domain: string) =>
    isHub(domain) ? settings.mirrors.map((url) => session(mirrorEndpoint(url, http, trust), {})) : [];
  // A wrong mirror is told at the start, not at the first pull.
  for (const url of settings.mirrors) mirrorEndpoint(url, http, trust);

  return {
    repository(name, auth = {}) {
      return repositoryOf({
        path: checkedPath(name.path),
        name: familiarName(name),
        mirrors: mirrorsOf(name.domain),
        registry: session(endpointOf(name.domain, http, trust), auth),
        timing: limits,
        log: settings.log,
      });
    },
    async authenticate(domain, auth, signal) {
      const identityToken = await login(session(endpointOf(domain, http, trust), auth), limits, signal);
      return { status: "Login Succeeded", identityToken };
    },
    search(term, { limit, auth = {}, signal }) {
      const { domain, query } = splitTerm(term);
      const endpoint = searchEndpoint(domain, http, trust);
      return search(session(endpoint, auth), query, { limit, timing: limits, signal });
    },
  };
}

function repositoryOf(context: RepositoryContext): Repository {
  return {
    manifest: (reference, signal) => getManifest(context, reference, signal),
    digestOf: (tag, signal) => headManifest(context, tag, signal),
    blob: (blob, from, signal) => downloadBlob(context, blob, from, signal),
    tags: (signal) => listTags(context, signal),
    referrers: (digest, signal) => listReferrers(context, digest, signal),
    pushBlob: (blob, options) => pushBlob(context, blob, options),
    pushManifest: (reference, manifest, signal) => putManifest(context, reference, manifest, signal),
  };
}
