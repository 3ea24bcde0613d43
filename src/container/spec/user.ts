import { closeSync, constants, fstatSync, readFileSync } from "node:fs";
import { invalid } from "../../core/index.ts";
import { KernelError, openInRoot } from "../../kernel/index.ts";

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** The primary group first, then those that list the user. */
  readonly additionalGids: readonly number[];
  readonly home: string;
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

const MAX_ID = 2 ** 31 - 1;
const MAX_FILE = 16 << 20;

/** Reads one of the image's own files; symbolic links stay inside the image; missing reads as empty. */
function readInside(rootfs: string, path: string): string {
  let fd: number;
  try {
    fd = openInRoot(rootfs, path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof KernelError && ["ENOENT", "ENOTDIR", "ELOOP"].includes(error.code)) return "";
    throw error;
  }
  try {
    // A hostile image may put a device or an endless file here.
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw invalid(`${path} in the image is not a regular file`);
    if (stat.size > MAX_FILE) throw invalid(`${path} in the image is too large`);
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

const fieldsOf = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));

export function parsePasswd(text: string): PasswdEntry[] {
  return fieldsOf(text).flatMap(([name, , uid, gid, , home]) =>
    name !== undefined && /^\d+$/.test(uid ?? "") && /^\d+$/.test(gid ?? "")
      ? [{ name, uid: Number(uid), gid: Number(gid), home: home || "/" }]
      : [],
  );
}

export function parseGroup(text: string): GroupEntry[] {
  return fieldsOf(text).flatMap(([name, , gid, members]) =>
    name !== undefined && /^\d+$/.test(gid ?? "")
      ? [{ name, gid: Number(gid), members: (members ?? "").split(",").filter(Boolean) }]
      : [],
  );
}

function numericId(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id > MAX_ID) throw invalid(`uids and gids must be in range 0-${MAX_ID}`);
  return id;
}

/**
 * Who `user[:group]` is inside an image: names are looked up in its own /etc/passwd and /etc/group, numbers need no
 * entry. Empty means root. `groupAdd` are further groups (`--group-add`). @throws invalid with Docker's wording
 */
export function resolveUser(rootfs: string, user: string, groupAdd: readonly string[] = []): ResolvedUser {
  const passwd = parsePasswd(readInside(rootfs, "/etc/passwd"));
  const groups = parseGroup(readInside(rootfs, "/etc/group"));
  const [name = "", group] = user.split(":", 2);
  const number = numericId(name);
  const entry = passwd.find((e) => (name === "" ? e.uid === 0 : e.name === name || e.uid === number));
  if (!entry && number === undefined && name !== "") {
    throw invalid(`unable to find user ${name}: no matching entries in passwd file`);
  }
  const findGroup = (wanted: string): number => {
    const found = groups.find((g) => g.name === wanted)?.gid ?? numericId(wanted);
    if (found === undefined)
      throw invalid(`unable to find group ${wanted}: no matching entries in group file`);
    return found;
  };
  const uid = entry?.uid ?? number ?? 0;
  const gid = group ? findGroup(group) : (entry?.gid ?? 0);
  // Docker: supplementary groups come from /etc/group only when no group was named.
  const listed =
    group || !entry ? [] : groups.filter((g) => g.members.includes(entry.name)).map((g) => g.gid);
  const extra = groupAdd.map(findGroup);
  return { uid, gid, additionalGids: [...new Set([gid, ...listed, ...extra])], home: entry?.home ?? "/" };
}
