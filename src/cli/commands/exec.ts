import { readFileSync } from "node:fs";
import type { ExecCreateBody, ExecInspect, ExecStartBody } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { containerPath } from "../container-path.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { parseEnv, readEnvFiles } from "../run-options/env.ts";
import { FlagReader } from "../run-options/flag-reader.ts";
import { openRawStream } from "../terminal/raw-stream.ts";
import { runSession } from "../terminal/session.ts";
import { terminalSize } from "../terminal/size.ts";
import { followWindowSize } from "../terminal/window-size.ts";
import { checkInputTerminal, chooseDetachKeys } from "./attach-terminal.ts";
import { execFlags } from "./exec-flags.ts";

/** How often and how long to ask for the status of a process whose output has just ended. */
const STATUS_ATTEMPTS = 50;
const STATUS_WAIT = 10;

/** `berth exec`. */
export async function run(context: CommandContext): Promise<number> {
  const { args, client } = context;
  const config = readClientConfig(context.configDirectory);
  const detachKeys = chooseDetachKeys(context, config);
  const body = execBody(context);
  const detached = args.boolean("detach");
  if (!detached && body.AttachStdin && body.Tty) checkInputTerminal();
  const { Id: id } = await client.json<{ Id: string }>(
    "POST",
    `${containerPath(args.positional[0] ?? "")}/exec`,
    { json: body },
  );
  const start: ExecStartBody = {
    Detach: detached,
    Tty: body.Tty ?? false,
    ...(body.ConsoleSize && { ConsoleSize: body.ConsoleSize }),
  };
  if (detached) {
    await client.text("POST", `/exec/${id}/start`, { json: start });
    return 0;
  }
  return runExec(context, id, body, start, detachKeys);
}

async function runExec(
  context: CommandContext,
  id: string,
  body: ExecCreateBody,
  start: ExecStartBody,
  detachKeys: Uint8Array,
): Promise<number> {
  const input = body.AttachStdin === true;
  const tty = body.Tty === true;
  const stream = await openRawStream(context.client, `/exec/${id}/start`, { json: start }, input);
  const stopFollowing = tty ? followWindowSize(context, `/exec/${id}`) : () => undefined;
  const end = await runSession(context, { stream, tty, input, stdout: true, stderr: true, detachKeys });
  stopFollowing();
  if (end === "ended") return exitCode(context, id);
  context.err.write("read escape sequence\n");
  return 0;
}

/** The process as the flags describe it. @throws FlagError, invalid */
function execBody({ args, env, out, ...context }: CommandContext): ExecCreateBody {
  const flags = new FlagReader(args, execFlags);
  const entries = flags.many("env", (text) => parseEnv(text, env));
  const variables = [...readEnvFiles(args.list("env-file"), env, readFileSync), ...entries];
  const attached = !args.boolean("detach");
  const tty = args.boolean("tty");
  const size = tty ? terminalSize(out, () => context.stdout) : undefined;
  return {
    AttachStdin: attached && args.boolean("interactive"),
    AttachStdout: attached,
    AttachStderr: attached,
    Tty: tty,
    Cmd: args.positional.slice(1),
    ...(variables.length > 0 && { Env: variables }),
    ...(args.boolean("privileged") && { Privileged: true }),
    ...(args.string("user") && { User: args.string("user") }),
    ...(args.string("workdir") && { WorkingDir: args.string("workdir") }),
    ...(args.string("detach-keys") && { DetachKeys: args.string("detach-keys") }),
    ...(size && { ConsoleSize: [size.rows, size.columns] as [number, number] }),
  };
}

/** The status of a process whose output has ended; the engine may learn of its end a moment later. */
async function exitCode({ client }: CommandContext, id: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const { Running, ExitCode } = await client.json<ExecInspect>("GET", `/exec/${id}/json`);
    if (!Running || attempt === STATUS_ATTEMPTS) return ExitCode ?? 0;
    await Bun.sleep(STATUS_WAIT);
  }
}
