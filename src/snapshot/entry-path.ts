import { invalid } from "../core/index.ts";
import { type ByteString, show } from "../image/index.ts";
import { AUFS_METADATA_PREFIX, OPAQUE_MARKER, WHITEOUT_PREFIX } from "./overlay-form.ts";

/**
 * A name in a layer's tar as components below the layer's root; none for the root itself. A leading slash means the
 * root, `..` is taken as text.
 * @throws invalid when it leads outside
 */
export function componentsOf(name: ByteString): ByteString[] {
  const components: ByteString[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") components.push(part);
    else if (components.pop() === undefined && !name.startsWith("/")) {
      throw invalid(`layer entry ${show(name)} leads outside of the root filesystem`);
    }
  }
  return components;
}

/** What an entry's name means. */
export type EntryMeaning =
  | { readonly kind: "entry"; readonly parent: ByteString; readonly base: ByteString }
  | { readonly kind: "whiteout"; readonly parent: ByteString; readonly base: ByteString }
  | { readonly kind: "opaque"; readonly parent: ByteString }
  | { readonly kind: "root" }
  | { readonly kind: "ignored" };

/** An empty component, `.` or `..`; or what begins like a deletion. */
const SPECIAL = /(?:^|\/)(?:\.{0,2}(?:\/|$)|\.wh\.)/;

/** @throws invalid for names that are reserved or lead outside */
export function meaningOf(name: ByteString): EntryMeaning {
  // Nearly every name is like this.
  const plain = name.startsWith("./") ? name.slice(2) : name;
  if (!SPECIAL.test(plain)) {
    const slash = plain.lastIndexOf("/");
    return { kind: "entry", parent: slash < 0 ? "" : plain.slice(0, slash), base: plain.slice(slash + 1) };
  }
  const components = componentsOf(name);
  const base = components.pop();
  if (base === undefined) return { kind: "root" };
  const parent = components.join("/");
  if (base === OPAQUE_MARKER) return { kind: "opaque", parent };
  if ([...components, base].some((part) => part.startsWith(AUFS_METADATA_PREFIX))) return { kind: "ignored" };
  if (components.some((part) => part.startsWith(WHITEOUT_PREFIX))) {
    throw invalid(
      `layer entry ${show(name)}: names that begin with ${WHITEOUT_PREFIX} are reserved for deletions`,
    );
  }
  if (!base.startsWith(WHITEOUT_PREFIX)) return { kind: "entry", parent, base };
  const hidden = base.slice(WHITEOUT_PREFIX.length);
  if (hidden === "" || hidden === "." || hidden === "..") {
    throw invalid(`layer entry ${show(name)} deletes nothing that can be named`);
  }
  return { kind: "whiteout", parent, base: hidden };
}
