import type { ContainerCreateBody } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { errorText } from "../error-report.ts";
import { OutputClosed } from "../output.ts";
import { type ClientConfig, readClientConfig } from "../run-options/client-config.ts";
import { FlagError, UsageError } from "../usage-error.ts";
import { checkInputTerminal, chooseDetachKeys } from "./attach-terminal.ts";
import { bodyOfFlags, createContainer, refuseWindowsFlags } from "./create-container.ts";
import { startStatus, writeWithHelp } from "./run-errors.ts";
import { startAttached } from "./start-attached.ts";

/** `berth run`. */
export async function run(context: CommandContext): Promise<number> {
  const { args, client, out } = context;
  refuseWindowsFlags(context);
  const config = readClientConfig(context.configDirectory);
  const detachKeys = chooseDetachKeys(context, config);
  const body = readFlags(context, config);
  if (typeof body === "number") return body;
  const detached = args.boolean("detach");
  if (!detached && body.Tty && body.AttachStdin) checkInputTerminal();

  try {
    const creating = createContainer(context, body, config);
    // Node's streams take milliseconds to load; the engine has something to do meanwhile.
    if (body.AttachStdin) setTimeout(() => context.stdin, 1);
    const id = await creating;
    if (!detached && (body.AttachStdin || body.AttachStdout || body.AttachStderr)) {
      return await startAttached(context, {
        id,
        tty: body.Tty === true,
        input: body.AttachStdin === true,
        stdout: body.AttachStdout === true,
        stderr: body.AttachStderr === true,
        autoRemove: args.boolean("rm"),
        forwardSignals: args.boolean("sig-proxy"),
        detachKeys,
      });
    }
    out.write(`${id}\n`);
    await client.text("POST", `/containers/${id}/start`);
    return 0;
  } catch (error) {
    if (error instanceof OutputClosed) throw error;
    writeWithHelp(context, error);
    return startStatus(errorText(error));
  }
}

/** The request, or the exit status when the flags are wrong. */
function readFlags(context: CommandContext, config: ClientConfig): ContainerCreateBody | number {
  const { args } = context;
  let body: ContainerCreateBody;
  try {
    body = bodyOfFlags(context, config);
  } catch (error) {
    if (error instanceof FlagError) throw error;
    writeWithHelp(context, error);
    return 125;
  }
  if (!args.boolean("detach")) return body;
  if (args.list("attach").length > 0) {
    throw new UsageError("conflicting options: cannot specify both --attach and --detach", 1);
  }
  return { ...body, AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false };
}
