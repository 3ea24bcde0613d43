import type { RuntimeProgram } from "./adapter.ts";
import { execError } from "./errors.ts";
import { execDirect } from "./exec-direct.ts";
import { execMonitored } from "./exec-monitored.ts";
import type { MonitorSetup } from "./monitor-process.ts";
import type { ExecOptions, ExecSession } from "./types.ts";

/** An exec on its way. */
export interface StartedExec extends ExecSession {
  /** Why the command could not be started; undefined as soon as it runs. */
  readonly failure: Promise<string | undefined>;
}

/**
 * Runs a command in a running container, by the shortest way the runtime allows. Resolves when attached; with `detach`,
 * when the command runs. @throws invalid or internal, in Docker's words, when a detached command cannot be started
 */
export async function execIn(
  setup: MonitorSetup,
  program: RuntimeProgram,
  options: ExecOptions,
): Promise<ExecSession> {
  const direct = program.kind.execPassesStreams && !options.tty;
  const started = direct ? execDirect(program, options) : await execMonitored(setup, program, options);
  const failure = options.detach ? await started.failure : undefined;
  if (failure !== undefined) throw execError(failure);
  return started;
}
