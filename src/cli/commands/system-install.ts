import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { unavailable } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { installService, PLACES } from "./system-service.ts";

export async function run({ args, out }: CommandContext): Promise<number> {
  const program = realpathSync(process.execPath);
  if (/\/bun$/.test(program)) {
    throw unavailable(
      "`system install` installs the built executable: run `npm run build`, then `dist/berth system install`",
    );
  }
  const written = installService(PLACES, program, args.boolean("docker-socket"));
  for (const path of written) out.write(`wrote ${path}\n`);
  if (!args.boolean("now")) {
    out.write("To start it now and at every boot: systemctl daemon-reload && systemctl enable --now berth\n");
    return 0;
  }
  for (const words of [["daemon-reload"], ["enable", "--now", "berth"]]) {
    const { status, error } = spawnSync("systemctl", words, { stdio: ["ignore", "inherit", "inherit"] });
    if (error) throw unavailable("systemctl cannot be run: is this host booted with systemd?", error);
    if (status !== 0) return status ?? 1;
  }
  return 0;
}
