import type { ContainerInspect } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { containerPath } from "../container-path.ts";
import { errorText } from "../error-report.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { UsageError } from "../usage-error.ts";
import { checkInputTerminal, chooseDetachKeys } from "./attach-terminal.ts";
import { startAttached } from "./start-attached.ts";

/** `berth start`. */
export async function run(context: CommandContext): Promise<number> {
  const { args } = context;
  const names = args.positional;
  if (!args.boolean("attach") && !args.boolean("interactive")) return startAll(context, names);
  if (names.length > 1) throw new UsageError("you cannot start and attach multiple containers at once", 1);
  return startOne(context, names[0] ?? "");
}

async function startAll(
  { client, args, out, err }: CommandContext,
  names: readonly string[],
): Promise<number> {
  const query = {
    checkpoint: args.string("checkpoint") || undefined,
    "checkpoint-dir": args.string("checkpoint-dir") || undefined,
  };
  const failed: string[] = [];
  for (const name of names) {
    try {
      await client.text("POST", `${containerPath(name)}/start`, { query });
    } catch (error) {
      err.write(`${errorText(error)}\n`);
      failed.push(name);
      continue;
    }
    out.write(`${name}\n`);
  }
  if (failed.length > 0) err.write(`Error: failed to start containers: ${failed.join(", ")}\n`);
  return failed.length > 0 ? 1 : 0;
}

async function startOne(context: CommandContext, name: string): Promise<number> {
  const { args, client } = context;
  const detachKeys = chooseDetachKeys(context, readClientConfig(context.configDirectory));
  const container = await client.json<ContainerInspect>("GET", `${containerPath(name)}/json`);
  const tty = container.Config.Tty;
  const input = args.boolean("interactive") && container.Config.OpenStdin;
  if (tty && input) checkInputTerminal();
  return startAttached(context, {
    id: container.Id,
    tty,
    input,
    stdout: true,
    stderr: true,
    autoRemove: container.HostConfig.AutoRemove,
    forwardSignals: !tty,
    detachKeys,
  });
}
