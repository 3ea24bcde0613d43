import { type ByteString, decodeText, encodeText } from "../../../image/index.ts";
import { hasWildcard, matchName } from "./path-match.ts";
import { resolvePath } from "./resolve.ts";
import { joinPath, type SourceTree } from "./tree.ts";

/** One thing to copy: the path by which it was named, and the literal path behind its links. */
export interface Selected {
  readonly named: ByteString;
  readonly path: ByteString;
}

/**
 * What a source of COPY or ADD names in a tree. Without wildcards that is one entry, or undefined where it is missing;
 * with them every match, in order, which may be none.
 */
export function selectSources(
  tree: SourceTree,
  pattern: string,
  wildcards: boolean,
): readonly Selected[] | undefined {
  const components = pattern.split("/").filter((component) => component !== "");
  const first = wildcards ? components.findIndex(hasWildcard) : -1;
  if (first < 0) {
    const named = `/${encodeText(components.join("/"))}`;
    const path = resolvePath(tree, named);
    return path === undefined ? undefined : [{ named, path }];
  }
  const base = resolvePath(tree, `/${encodeText(components.slice(0, first).join("/"))}`);
  if (base === undefined) return [];
  let found: ByteString[] = [base];
  for (const component of components.slice(first)) {
    found = found.flatMap((directory) => {
      if (tree.lookup(directory)?.type !== "directory") return [];
      const names = tree.names(directory).filter((name) => matchName(component, decodeText(name)));
      return names.map((name) => joinPath(directory, name));
    });
  }
  return found.flatMap((named) => {
    const path = resolvePath(tree, named);
    return path === undefined ? [] : [{ named, path }];
  });
}
