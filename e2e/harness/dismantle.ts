import { existsSync, readFileSync, rmSync } from "node:fs";
import { Nftables } from "../../src/kernel/index.ts";
import { type EngineRecord, firewallTables, mountsBelow, processesNaming } from "./leftovers.ts";

/**
 * Takes away an engine's bridge and firewall table. A daemon that ends leaves both for the containers that run on;
 * these were made for the tests alone.
 */
export function removeNetwork({ bridge }: EngineRecord): void {
  if (existsSync(`/sys/class/net/${bridge}`)) Bun.spawnSync(["ip", "link", "delete", bridge]);
  using firewall = new Nftables();
  for (const table of firewallTables(bridge))
    firewall.run("removing the tests' firewall", `delete table ${table}`);
}

function descendants(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return [pid, ...children.split(" ").filter(Boolean).map(Number).flatMap(descendants)];
  } catch {
    return [];
  }
}

/** Removes by force all there is of an engine whose test process died: it touches only what the record names. */
export function dismantle(record: EngineRecord): void {
  for (const pid of processesNaming(record.top).flatMap(({ pid }) => descendants(pid))) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
  Bun.sleepSync(200);
  for (const point of mountsBelow(record.top)) Bun.spawnSync(["umount", "-l", point]);
  removeNetwork(record);
  // Should a mount have stayed, rm must not walk into it.
  if (mountsBelow(record.top).length === 0) rmSync(record.top, { recursive: true, force: true });
}
