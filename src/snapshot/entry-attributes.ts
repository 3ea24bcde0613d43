import { invalid } from "../core/index.ts";
import { type ByteString, show, type TarEntry } from "../image/index.ts";
import type { Attributes } from "./layer-tree.ts";
import { travels } from "./overlay-form.ts";

/** Limits of xattr(7). */
const MAX_NAME = 255;
const MAX_VALUE = 65536;
const NONE: Attributes = [];

/**
 * The extended attributes of an entry that a layer keeps.
 * @throws invalid for those that the kernel would refuse to set
 */
export function attributesOf(entry: TarEntry): Attributes {
  // user.* exists for files and directories only (xattr(7)).
  if (!entry.xattrs || (entry.type !== "file" && entry.type !== "directory")) return NONE;
  const kept = [...entry.xattrs].filter(([name]) => travels(name));
  for (const [name, value] of kept) {
    const bad = fault(name, value);
    if (bad) throw invalid(`its extended attribute ${show(name)} ${bad}`);
  }
  return kept;
}

function fault(name: ByteString, value: Uint8Array): string | undefined {
  if (name === "user." || name.includes("\0")) return "has no proper name";
  if (name.length > MAX_NAME) return `has a name of more than ${MAX_NAME} bytes`;
  if (value.byteLength > MAX_VALUE) return `has more than ${MAX_VALUE} bytes`;
  if (name === "security.capability" && !isCapability(value)) return "is no file capability";
  return undefined;
}

/** The forms of `vfs_cap_data` that can be set (capabilities(7)): version 2, and version 3 with a user namespace's root. */
function isCapability(value: Uint8Array): boolean {
  const fields = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (value.byteLength !== 20 && value.byteLength !== 24) return false;
  const revision = (fields.getUint32(0, true) & ~1) >>> 0;
  if (value.byteLength === 20) return revision === 0x02000000;
  return revision === 0x03000000 && fields.getUint32(20, true) !== 0xffffffff;
}
