import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { CommandContext } from "../command.ts";
import { PLACES, uninstallService } from "./system-service.ts";

export async function run({ out }: CommandContext): Promise<number> {
  // Where systemd does not run there is nothing to stop.
  const booted = existsSync("/run/systemd/system") && existsSync(PLACES.unit);
  if (booted)
    spawnSync("systemctl", ["disable", "--now", "berth"], { stdio: ["ignore", "inherit", "inherit"] });
  const removed = uninstallService(PLACES);
  for (const path of removed) out.write(`removed ${path}\n`);
  if (removed.length === 0) out.write("nothing to remove: `berth system install` has written nothing here\n");
  if (booted) spawnSync("systemctl", ["daemon-reload"], { stdio: "ignore" });
  return 0;
}
