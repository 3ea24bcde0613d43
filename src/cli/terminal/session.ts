import type { CommandContext } from "../command.ts";
import { copyFramed, copyRaw } from "./copy-output.ts";
import { DetachFilter } from "./detach-keys.ts";
import { enterRawMode } from "./raw-mode.ts";
import { isMultiplexed, type RawStream } from "./raw-stream.ts";

export interface SessionOptions {
  readonly stream: RawStream;
  /** The container has a terminal of its own: output is not framed, and our terminal is raw. */
  readonly tty: boolean;
  readonly input: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Keys that end the session and leave the container running. */
  readonly detachKeys: Uint8Array;
}

/**
 * Joins our standard streams to a container's until its output ends, or the user types the keys to detach. The end of
 * our input is passed on; output that comes after it still arrives. The terminal is itself again in every case.
 */
export async function runSession(
  context: CommandContext,
  options: SessionOptions,
): Promise<"ended" | "detached"> {
  const { stream, tty, input, stdout, stderr } = options;
  const restore = tty && input ? enterRawMode(context.stdin) : () => undefined;
  try {
    const { promise: detached, resolve: detach } = Promise.withResolvers<"detached">();
    const output = copyOutput(context, options);
    const typed = input ? pumpInput(context.stdin, options, detach) : Promise.resolve();
    const ended = stdout || stderr ? output : typed;
    return await Promise.race([ended.then(() => "ended" as const), detached]);
  } finally {
    restore();
    stream.close();
  }
}

function copyOutput({ out, err }: CommandContext, options: SessionOptions): Promise<void> {
  const { stream, tty, stdout, stderr } = options;
  if (!isMultiplexed(stream, tty)) return copyRaw(stream.output, stdout ? out : undefined);
  return copyFramed(stream.output, { stdout: stdout ? out : undefined, stderr: stderr ? err : undefined });
}

/** Sends what is typed or piped in; resolves when that has ended and the container was told. */
async function pumpInput(
  stdin: NodeJS.ReadStream,
  { stream, tty, detachKeys }: SessionOptions,
  detach: (how: "detached") => void,
): Promise<void> {
  const filter = tty ? new DetachFilter(detachKeys) : undefined;
  try {
    for await (const chunk of stdin as AsyncIterable<Uint8Array>) {
      if (!filter) {
        await stream.write(chunk);
        continue;
      }
      const { pass, detached } = filter.push(chunk);
      if (pass.length > 0) await stream.write(pass);
      if (detached) return detach("detached");
    }
    if (filter) await stream.write(filter.flush());
  } catch {
    // Our input broke, or nobody takes it any more. Either way there is no more of it; the output tells the rest.
  }
  stream.end();
}
