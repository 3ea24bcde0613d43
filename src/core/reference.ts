import { type Digest, isDigest } from "./digest.ts";
import { invalid } from "./errors.ts";

/** An image name, normalised as Docker does: `docker.io` and `library/` are filled in. */
export interface Reference {
  /** Registry host with optional port, e.g. `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /** Repository path, e.g. `library/debian`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DEFAULT_DOMAIN = "docker.io";
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const DOMAIN =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const TAG = /^[\w][\w.-]{0,127}$/;

/**
 * Reads `[registry[:port]/]name[:tag][@digest]` (distribution reference grammar).
 * @throws invalid with Docker's wording; scripts match on "invalid reference format".
 */
export function parseReference(text: string): Reference {
  const bad = (why?: string) => invalid(`invalid reference format${why ? `: ${why}` : ""}`);
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  let rest = text;
  let digest: Digest | undefined;
  const at = rest.indexOf("@");
  if (at >= 0) {
    const written = rest.slice(at + 1);
    if (!isDigest(written)) throw bad();
    digest = written;
    rest = rest.slice(0, at);
  }
  let domain = DEFAULT_DOMAIN;
  const slash = rest.indexOf("/");
  if (slash >= 0) {
    const head = rest.slice(0, slash);
    // As Docker: the first component is a registry only when it could not be a user name.
    if (/[.:[]/.test(head) || head === "localhost" || head.toLowerCase() !== head) {
      if (!DOMAIN.test(head)) throw bad();
      domain = head === "index.docker.io" ? DEFAULT_DOMAIN : head;
      rest = rest.slice(slash + 1);
    }
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(":");
  if (colon > rest.lastIndexOf("/")) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
    if (!TAG.test(tag)) throw bad();
  }
  if (domain === DEFAULT_DOMAIN && rest !== "" && !rest.includes("/")) rest = `library/${rest}`;
  if (rest.toLowerCase() !== rest) throw bad(`repository name (${rest}) must be lowercase`);
  if (rest.length > 255) throw bad("repository name must not be more than 255 characters");
  if (!rest.split("/").every((part) => PATH_COMPONENT.test(part))) throw bad();
  return { domain, path: rest, ...(tag !== undefined && { tag }), ...(digest && { digest }) };
}

/** Adds `:latest` where neither a tag nor a digest is written. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

/** The repository as people write it: without `docker.io/` and `library/`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return `${reference.domain}/${reference.path}`;
  const official = "library/";
  return reference.path.startsWith(official) ? reference.path.slice(official.length) : reference.path;
}

/** The whole reference as people write it, e.g. `debian:12`. */
export function familiar(reference: Reference): string {
  const { tag, digest } = reference;
  return familiarName(reference) + (tag === undefined ? "" : `:${tag}`) + (digest ? `@${digest}` : "");
}

/** The whole reference with nothing left out, e.g. `docker.io/library/debian:12`. */
export function canonical(reference: Reference): string {
  const { domain, path, tag, digest } = reference;
  return `${domain}/${path}${tag === undefined ? "" : `:${tag}`}${digest ? `@${digest}` : ""}`;
}
