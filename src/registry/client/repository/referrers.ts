import * as v from "valibot";
import { type Digest, digestOf, hexOf, invalid, isKind } from "../../../core/index.ts";
import { parseDocument } from "../documents.ts";
import { failureOf } from "../failures.ts";

import type { Session } from "../session.ts";
import type { RemoteManifest } from "../types.ts";
import { pull, pullScope, type RepositoryContext, reading } from "./context.ts";
import { getManifest, MAX_MANIFEST } from "./manifests.ts";
import { OCI_INDEX } from "./media-types.ts";
import { nextPage, PAGES_AT_MOST } from "./tags.ts";

const index = v.looseObject({
  schemaVersion: v.literal(2),
  manifests: v.nullish(
    v.array(v.looseObject({ mediaType: v.string(), digest: v.string(), size: v.number() })),
  ),
});

/**
 * The manifests that refer to a manifest (OCI distribution 1.1, "Listing referrers"), as one index of ours where it
 * came in pages. A registry without the API has them under the tag `sha256-HEX`; without that there are none.
 */
export async function listReferrers(
  context: RepositoryContext,
  digest: Digest,
  signal: AbortSignal,
): Promise<RemoteManifest> {
  const found = await reading(context, signal, (session) => byApi(context, session, digest, signal));
  if (found) return found;
  try {
    return await getManifest(context, `sha256-${hexOf(digest)}`, signal);
  } catch (error) {
    if (!isKind(error, "notFound")) throw error;
    return encoded([]);
  }
}

/** Undefined when the registry does not have the API. */
async function byApi(
  context: RepositoryContext,
  session: Session,
  digest: Digest,
  signal: AbortSignal,
): Promise<RemoteManifest | undefined> {
  const target = `v2/${context.path}/referrers/${digest}`;
  const headers = { Accept: OCI_INDEX };
  let response = await session.send({
    method: "GET",
    target,
    headers,
    signal,
    scopes: [pullScope(context.path)],
  });
  if (response.status === 404 || response.status === 405 || response.status === 501) {
    await response.discard();
    return undefined;
  }
  if (response.status !== 200) throw await failureOf(response, context.timing.now());
  const manifests: unknown[] = [];
  for (let page = 0; ; page++) {
    const bytes = await response.bytes(MAX_MANIFEST, `the referrers of ${digest}`);
    const document = parseDocument(bytes, index, response, `the list of referrers of ${digest}`);
    const next = nextPage(response);
    if (page === 0 && !next) return { digest: digestOf(bytes), mediaType: OCI_INDEX, bytes };
    manifests.push(...(document.manifests ?? []));
    if (!next) return encoded(manifests);
    if (page >= PAGES_AT_MOST) throw invalid(`${digest} has more referrers than can be listed`);
    response = await pull(context, session, { method: "GET", target: next, headers, signal }, 200);
  }
}

function encoded(manifests: readonly unknown[]): RemoteManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  if (bytes.length > MAX_MANIFEST) throw invalid("the list of referrers is larger than a manifest may be");
  return { digest: digestOf(bytes), mediaType: OCI_INDEX, bytes };
}
