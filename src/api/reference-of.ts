import { familiar, invalid, parseReference } from "../core/index.ts";

/**
 * The name that a repository and a tag (or digest) parameter make together; undefined without a repository.
 * @throws invalid
 */
export function referenceOf(repo: string, tagOrDigest: string): string | undefined {
  if (repo === "") return undefined;
  if (tagOrDigest === "") return familiar(parseReference(repo));
  const bare = parseReference(repo);
  if (tagOrDigest.includes(":")) return familiar(parseReference(`${repo}@${tagOrDigest}`));
  if (!/^\w[\w.-]{0,127}$/.test(tagOrDigest)) throw invalid("invalid tag format");
  return familiar({ ...bare, tag: tagOrDigest });
}
