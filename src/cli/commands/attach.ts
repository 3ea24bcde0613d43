import { invalid } from "../../core/index.ts";
import type { ContainerInspect } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { containerPath } from "../container-path.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { openRawStream } from "../terminal/raw-stream.ts";
import { runSession } from "../terminal/session.ts";
import { forwardSignals } from "../terminal/signals.ts";
import { followWindowSize } from "../terminal/window-size.ts";
import { checkInputTerminal, chooseDetachKeys } from "./attach-terminal.ts";
import { attachQuery, exitOf, exitStatus, sendTo } from "./start-attached.ts";

/** `berth attach`. */
export async function run(context: CommandContext): Promise<number> {
  const { args, client, err } = context;
  const detachKeys = chooseDetachKeys(context, readClientConfig(context.configDirectory));
  const {
    Id: id,
    State: state,
    Config: config,
  } = await client.json<ContainerInspect>("GET", `${containerPath(args.positional[0] ?? "")}/json`);
  checkRunning(state);
  const tty = config.Tty;
  const input = config.OpenStdin && !args.boolean("no-stdin");
  if (tty && input) checkInputTerminal();
  const streams = { input, stdout: true, stderr: true };
  const stopForwarding =
    args.boolean("sig-proxy") && !tty ? forwardSignals(sendTo(context, id)) : () => undefined;
  try {
    const [waiting, stream] = await Promise.all([
      client.request("POST", `/containers/${id}/wait`),
      openRawStream(client, `/containers/${id}/attach`, attachQuery(streams), input),
    ]);
    const exit = exitOf(waiting);
    const stopFollowing = tty
      ? followWindowSize(context, `/containers/${id}`, { redraw: true })
      : () => undefined;
    const end = await runSession(context, { stream, tty, ...streams, detachKeys });
    stopFollowing();
    if (end === "ended") return exitStatus(context, await exit);
    err.write("read escape sequence\n");
    return 0;
  } finally {
    stopForwarding();
  }
}

/** @throws invalid when nothing runs that could be attached to */
function checkRunning(state: ContainerInspect["State"]): void {
  if (!state.Running) throw invalid("You cannot attach to a stopped container, start it first");
  if (state.Paused) throw invalid("You cannot attach to a paused container, unpause it first");
  if (state.Restarting)
    throw invalid("You cannot attach to a restarting container, wait until it is running");
}
