import type { ApiResponse } from "../../client/index.ts";
import { messageOf } from "../../core/index.ts";
import type { WaitReply } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { openRawStream } from "../terminal/raw-stream.ts";
import { runSession } from "../terminal/session.ts";
import { forwardSignals } from "../terminal/signals.ts";
import { followWindowSize } from "../terminal/window-size.ts";

export interface AttachedStart {
  readonly id: string;
  readonly tty: boolean;
  readonly input: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** The engine removes the container at its end; that is waited for. */
  readonly autoRemove: boolean;
  readonly forwardSignals: boolean;
  readonly detachKeys: Uint8Array;
}

/**
 * Starts a container with our streams joined to its own and waits for its end. The streams and the wait are there
 * before the start, so that nothing is missed of a container that is quick. Answers its exit status.
 */
export async function startAttached(context: CommandContext, options: AttachedStart): Promise<number> {
  const { client } = context;
  const { id, tty, input, stdout, stderr } = options;
  const stopForwarding = options.forwardSignals ? forwardSignals(sendTo(context, id)) : () => undefined;
  try {
    const [stream, waiting] = await Promise.all([
      openRawStream(client, `/containers/${id}/attach`, attachQuery(options), input),
      client.request("POST", `/containers/${id}/wait`, {
        query: { condition: options.autoRemove ? "removed" : "next-exit" },
      }),
    ]);
    const exit = exitOf(waiting);
    const session = runSession(context, {
      stream,
      tty,
      input,
      stdout,
      stderr,
      detachKeys: options.detachKeys,
    });
    try {
      await client.text("POST", `/containers/${id}/start`);
    } catch (error) {
      stream.close();
      await session.catch(() => undefined);
      // The engine takes the container away by itself; its name is free when we are gone.
      if (options.autoRemove) await exit;
      throw error;
    }
    const stopFollowing = tty ? followWindowSize(context, `/containers/${id}`) : () => undefined;
    const end = await session;
    stopFollowing();
    return end === "detached" || (!stdout && !stderr) ? 0 : exitStatus(context, await exit);
  } finally {
    stopForwarding();
  }
}

/** What of the container's streams is wanted, as the attach request says it. */
export function attachQuery(options: Pick<AttachedStart, "input" | "stdout" | "stderr">) {
  return {
    query: { stream: true, stdin: options.input, stdout: options.stdout, stderr: options.stderr },
  };
}

/** Passes a signal on to the container. One that is not running takes none, which is no fault. */
export function sendTo({ client }: CommandContext, id: string): (signal: string) => void {
  return (signal) => {
    client.text("POST", `/containers/${id}/kill`, { query: { signal } }).catch(() => undefined);
  };
}

/** How a container ended; `error` where the engine could not tell. */
export interface Exit {
  readonly status: number;
  readonly error?: string;
}

/** The end of a container, as the answer to a wait tells it. Never rejects. */
export async function exitOf(waiting: ApiResponse): Promise<Exit> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of waiting.body) chunks.push(chunk);
    const reply = JSON.parse(Buffer.concat(chunks).toString()) as WaitReply;
    return reply.Error?.Message ? { status: 125, error: reply.Error.Message } : { status: reply.StatusCode };
  } catch (error) {
    return { status: 125, error: messageOf(error) };
  }
}

/** The exit status for `exit`; says why where it is not the container's own. */
export function exitStatus({ err }: CommandContext, { status, error }: Exit): number {
  if (error !== undefined) err.write(`Error waiting for container: ${error}\n`);
  return status;
}
