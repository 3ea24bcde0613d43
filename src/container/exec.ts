import { conflict, invalid, messageOf, newId, notFound } from "../core/index.ts";
import { type Attachment, type ExecSession, startFailureCode } from "../runtime/index.ts";
import type { ExecCreateBody, ExecInspect, OciProcess } from "../spec/index.ts";
import type { Container } from "./container.ts";
import { mergeEnv } from "./merge-config.ts";
import { bundleOf, type ContainerContext, publishContainer } from "./parts.ts";
import { containerEnv } from "./runtime-spec.ts";
import { buildSpec } from "./spec/build-spec.ts";
import { type ResolvedUser, resolveUser } from "./spec/user.ts";

interface Exec {
  readonly id: string;
  readonly container: Container;
  readonly body: ExecCreateBody;
  readonly user: ResolvedUser;
  started: boolean;
  running: boolean;
  exitCode: number | null;
  session?: ExecSession;
}

/** The session's streams; a command that could not be started says so in its output, as Docker's do. */
function withFailure({ attachment, exited }: ExecSession): Attachment {
  async function* output() {
    yield* attachment.output;
    const { error } = await exited;
    if (error !== undefined) yield { stream: "stdout" as const, data: Buffer.from(`${error}\r\n`) };
  }
  return {
    tty: attachment.tty,
    output: output(),
    write: (data) => attachment.write(data),
    closeInput: () => attachment.closeInput(),
    close: () => attachment.close(),
  };
}

/** How many finished execs of one container stay inspectable. */
const KEPT = 64;

/** Commands run inside running containers. They live with the daemon, as Docker's do. */
export class Execs {
  readonly #all = new Map<string, Exec>();

  constructor(private readonly context: ContainerContext) {}

  create(container: Container, body: ExecCreateBody): { Id: string } {
    if (!body.Cmd?.length) throw invalid("No exec command specified");
    this.#assertRuns(container);
    const user = this.#userOf(container, body);
    const exec: Exec = { id: newId(), container, body, user, started: false, running: false, exitCode: null };
    this.#all.set(exec.id, exec);
    container.execs.add(exec.id);
    this.#forgetOld(container);
    publishContainer(this.context, container, `exec_create: ${body.Cmd.join(" ")}`, { execID: exec.id });
    return { Id: exec.id };
  }

  async start(
    id: string,
    options: { detach: boolean; tty: boolean; consoleSize?: [number, number] | null },
  ): Promise<Attachment | null> {
    const exec = this.#get(id);
    const { container, body } = exec;
    if (exec.started) {
      throw conflict(`exec command ${id} ${exec.running ? "is already running" : "has already run"}`);
    }
    this.#assertRuns(container);
    exec.started = true;
    exec.running = true;
    const { context } = this;
    const size = options.consoleSize ?? body.ConsoleSize;
    publishContainer(context, container, `exec_start: ${(body.Cmd ?? []).join(" ")}`, { execID: id });
    try {
      const session = await context.runtime.exec({
        id,
        containerId: container.id,
        bundle: bundleOf(context, container.id),
        process: this.#process(exec),
        tty: body.Tty ?? false,
        stdin: body.AttachStdin ?? false,
        detach: options.detach,
        ...(size && size[0] > 0 && { consoleSize: { height: size[0], width: size[1] } }),
        runtime: container.record.hostConfig.Runtime,
      });
      exec.session = session;
      void session.exited.then(({ exitCode }) => this.#ended(exec, exitCode));
      return options.detach ? null : withFailure(session);
    } catch (error) {
      this.#ended(exec, startFailureCode(messageOf(error)));
      throw error;
    }
  }

  inspect(id: string): ExecInspect {
    const { container, body, session, running, exitCode } = this.#get(id);
    const [entrypoint = "", ...rest] = body.Cmd ?? [];
    return {
      ID: id,
      Running: running,
      ExitCode: exitCode,
      ProcessConfig: {
        tty: body.Tty ?? false,
        entrypoint,
        arguments: rest,
        privileged: body.Privileged ?? false,
        ...(body.User && { user: body.User }),
      },
      OpenStdin: body.AttachStdin ?? false,
      OpenStderr: body.AttachStderr ?? false,
      OpenStdout: body.AttachStdout ?? false,
      CanRemove: !running && exitCode !== null,
      ContainerID: container.id,
      DetachKeys: body.DetachKeys ?? "",
      Pid: session?.pid ?? 0,
    };
  }

  resize(id: string, height: number, width: number): void {
    const exec = this.#get(id);
    if (!exec.running || !exec.session) throw conflict(`exec ${id} is not running`);
    exec.session.resize(height, width);
  }

  /** The container is gone: so are its execs. */
  forget(container: Container): void {
    for (const id of container.execs) this.#all.delete(id);
    container.execs.clear();
  }

  #get(id: string): Exec {
    const exec = this.#all.get(id);
    if (!exec) throw notFound(`No such exec instance: ${id}`);
    return exec;
  }

  #assertRuns({ id, record }: Container): void {
    const { status } = record.state;
    if (status === "paused") throw conflict(`container ${id} is paused, unpause the container before exec`);
    if (status === "restarting")
      throw conflict(`container ${id} is restarting, wait until the container is running`);
    if (status !== "running") throw conflict(`container ${id} is not running`);
  }

  /** Looked up before the exec is made, so that an unknown one is refused there. @throws invalid */
  #userOf({ id, record }: Container, { User }: ExecCreateBody): ResolvedUser {
    const { config, hostConfig } = record;
    const rootfs = this.context.snapshots.path(id);
    return resolveUser(rootfs, User || config.User, User ? [] : (hostConfig.GroupAdd ?? []));
  }

  #process({ container, body, user }: Exec): OciProcess {
    const { config, hostConfig } = container.record;
    const rootfs = this.context.snapshots.path(container.id);
    const tty = body.Tty ?? false;
    const privileged = body.Privileged ?? false;
    const base = containerEnv({ ...config, Tty: tty });
    return buildSpec(
      {
        rootfs,
        args: body.Cmd ?? [],
        env: mergeEnv(base, body.Env ?? []),
        cwd: body.WorkingDir || config.WorkingDir || "/",
        user,
        tty,
        network: "private",
        cgroupsPath: "",
        capAdd: hostConfig.CapAdd ?? [],
        capDrop: hostConfig.CapDrop ?? [],
        privileged: privileged || hostConfig.Privileged,
        securityOpt: hostConfig.SecurityOpt ?? [],
        ulimits: hostConfig.Ulimits ?? [],
        oomScoreAdj: hostConfig.OomScoreAdj,
      },
      this.context.openFiles,
    ).process;
  }

  #ended(exec: Exec, exitCode: number): void {
    exec.running = false;
    exec.exitCode = exitCode;
    publishContainer(this.context, exec.container, "exec_die", {
      execID: exec.id,
      exitCode: String(exitCode),
    });
  }

  #forgetOld(container: Container): void {
    if (container.execs.size <= KEPT) return;
    for (const id of container.execs) {
      const exec = this.#all.get(id);
      if (exec && (exec.running || !exec.started)) continue;
      container.execs.delete(id);
      this.#all.delete(id);
      if (container.execs.size <= KEPT) return;
    }
  }
}
