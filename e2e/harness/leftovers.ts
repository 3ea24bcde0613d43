import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Nftables } from "../../src/kernel/index.ts";

/** What an engine of the tests was given for itself. */
export interface EngineRecord {
  readonly token: string;
  /** Holds everything below: removed as a whole at the end. */
  readonly top: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
  readonly pidfile: string;
  readonly bridge: string;
}

/** Mount points at or below a directory, deepest first. */
export function mountsBelow(directory: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "))
    .filter((point) => point === directory || point.startsWith(`${directory}/`))
    .reverse();
}

/** Processes whose command line names a path below a directory: daemon, monitors, runtimes. */
export function processesNaming(directory: string): { pid: number; command: string }[] {
  const found: { pid: number; command: string }[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      if (command.includes(`${directory}/`)) found.push({ pid, command });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

/** Ports (host ends of veth pairs) of a bridge. */
export function bridgePorts(bridge: string): string[] {
  const ports = `/sys/class/net/${bridge}/brif`;
  return existsSync(ports) ? readdirSync(ports) : [];
}

/** Control groups named after one of these containers. */
export function cgroupsOf(ids: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const walk = (directory: string, depth: number) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(directory, entry.name);
      if ([...ids].some((id) => entry.name.includes(id))) found.push(path);
      if (depth > 0) {
        try {
          walk(path, depth - 1);
        } catch {
          // The group was removed while we looked.
        }
      }
    }
  };
  walk("/sys/fs/cgroup", 4);
  return found;
}

/** nftables tables named after a bridge, as `FAMILY NAME`. */
export function firewallTables(bridge: string): string[] {
  using firewall = new Nftables();
  return firewall
    .list("firewall tables", "list tables")
    .map((entry) => entry.table as { family: string; name: string } | undefined)
    .filter((table) => table?.name.includes(bridge))
    .map((table) => `${table?.family} ${table?.name}`);
}

/** What containers that were removed should not have left behind, the engine still running. */
export function containerLeftovers(record: EngineRecord, containerIds: ReadonlySet<string>): string[] {
  // A layer stays mounted for the containers to come.
  const layers = join(record.dataRoot, "layers/");
  return [
    ...mountsBelow(record.top)
      .filter((point) => !point.startsWith(layers))
      .map((point) => `mount ${point}`),
    ...bridgePorts(record.bridge).map((name) => `link ${name}`),
    ...cgroupsOf(containerIds).map((path) => `control group ${path}`),
  ];
}

/** What an engine that was stopped with no container left should not have left behind. */
export function leftovers(record: EngineRecord, containerIds: ReadonlySet<string>): string[] {
  return [
    ...containerLeftovers(record, containerIds),
    ...mountsBelow(join(record.dataRoot, "layers")).map((point) => `mount ${point}`),
    ...processesNaming(record.top).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...(existsSync(`/sys/class/net/${record.bridge}`) ? [`link ${record.bridge}`] : []),
    ...firewallTables(record.bridge).map((table) => `firewall ${table}`),
  ];
}
