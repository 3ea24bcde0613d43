import { resolveUser } from "../../container/index.ts";
import { BerthError, invalid, messageOf } from "../../core/index.ts";
import type { Chown, Owner } from "../graph/index.ts";
import type { Ids } from "./write/root-writer.ts";

const text = (owner: Owner): string => ("id" in owner ? String(owner.id) : owner.name);

/** Ids of an owner in a root filesystem. Numbers need no look-up. @throws invalid, naming user or group */
export function resolveOwner(chown: Chown | undefined, root: string): Ids | undefined {
  if (!chown) return undefined;
  const { user, group } = chown;
  if ("id" in user && group && "id" in group) return { uid: user.id, gid: group.id };
  try {
    const { uid, gid } = resolveUser(root, group ? `${text(user)}:${text(group)}` : text(user));
    return { uid: "id" in user ? user.id : uid, gid };
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    throw invalid(`unable to convert uid/gid chown string to host mapping: ${messageOf(error)}`, error);
  }
}
