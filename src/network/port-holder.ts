import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTENING = "0A";
const UNCONNECTED = "07";

/**
 * Which process of this host has a port, as `pid 12, nginx`; undefined when that cannot be told (another network
 * namespace's, or gone meanwhile). For error messages: it reads all of /proc.
 */
export function portHolder(protocol: "tcp" | "udp" | "sctp", port: number): string | undefined {
  const inodes = new Set(
    [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].flatMap((file) => inodesOf(file, port)),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const held = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        return inode !== undefined && inodes.has(inode);
      });
      if (held) return `pid ${pid}, ${readFileSync(`/proc/${pid}/comm`, "utf8").trim()}`;
    } catch {
      // It ended while we looked.
    }
  }
  return undefined;
}

/** Socket inodes bound to a port, from a table of proc_net(5). */
function inodesOf(file: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
      return local.endsWith(`:${wanted}`) && (state === LISTENING || state === UNCONNECTED) ? [inode] : [];
    });
}
