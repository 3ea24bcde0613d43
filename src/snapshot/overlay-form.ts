import type { BigIntStats, Stats } from "node:fs";
import { lgetxattr, lsetxattr, type Path } from "../kernel/index.ts";

/**
 * How a layer says "deleted" (OCI image specification, layer filesystem changeset): in a tar a file `.wh.NAME` hides
 * NAME of the layers below, and `.wh..wh..opq` hides everything below in its directory. Overlayfs says the same with
 * a character device 0/0 named NAME and with an attribute of the directory.
 */
export const WHITEOUT_PREFIX = ".wh.";
export const OPAQUE_MARKER = ".wh..wh..opq";
/** AUFS's own bookkeeping, which old layers carry along; it means nothing here. */
export const AUFS_METADATA_PREFIX = ".wh..wh.";

const OPAQUE_ATTRIBUTE = "trusted.overlay.opaque";
/** What makes a directory opaque. */
export const OPAQUE: readonly [name: string, value: Uint8Array] = [OPAQUE_ATTRIBUTE, Buffer.from("y")];

export function isWhiteout(stat: Stats | BigIntStats): boolean {
  return stat.isCharacterDevice() && Number(stat.rdev) === 0;
}

export function isOpaque(directory: Path): boolean {
  const value = lgetxattr(directory, OPAQUE_ATTRIBUTE);
  return value?.byteLength === 1 && value[0] === 0x79;
}

export function setOpaque(directory: Path): void {
  lsetxattr(directory, ...OPAQUE);
}

/** The extended attributes that travel in layers: those of the host's own bookkeeping do not. */
export function travels(attribute: string): boolean {
  return (
    attribute === "security.capability" ||
    (attribute.startsWith("user.") && !attribute.startsWith("user.overlay."))
  );
}
