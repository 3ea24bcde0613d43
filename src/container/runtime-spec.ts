import { mkdirSync, statSync } from "node:fs";
import { conflict, invalid, notFound, unavailable } from "../core/index.ts";
import type { OciMount, OciRuntimeSpec } from "../spec/index.ts";
import type { Container } from "./container.ts";
import { wantedMounts } from "./mount-requests.ts";
import type { ContainerContext } from "./parts.ts";
import { buildSpec, type NamespaceChoice } from "./spec/build-spec.ts";
import { resolveUser } from "./spec/user.ts";

export const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What the first process of a container finds in its environment. */
export function containerEnv(config: { Env: string[] | null; Hostname: string; Tty: boolean }): string[] {
  const own = config.Env ?? [];
  const has = (name: string) => own.some((entry) => entry.startsWith(`${name}=`));
  return [
    ...(has("PATH") ? [] : [DEFAULT_PATH]),
    ...(has("HOSTNAME") || !config.Hostname ? [] : [`HOSTNAME=${config.Hostname}`]),
    ...(config.Tty && !has("TERM") ? ["TERM=xterm"] : []),
    ...own,
  ];
}

/** A namespace mode of the API (`""`, `private`, `host`, `container:x`) as a choice. @throws notFound, conflict */
export function namespaceChoice(
  context: ContainerContext,
  mode: string,
  kind: "ipc" | "pid" | "uts" | "net",
): NamespaceChoice {
  if (mode === "host") return "host";
  if (!mode.startsWith("container:")) return "private";
  const other = context.store.resolve(mode.slice("container:".length));
  if (!other.alive) throw conflict(`cannot join ${kind} namespace of a non running container: ${other.id}`);
  return { path: `/proc/${other.record.state.pid}/ns/${kind}` };
}

/** Where a static init program may be, in order of preference; it is bound into the container, so it must need no library. */
const INITS = [
  "/usr/bin/catatonit",
  "/usr/libexec/podman/catatonit",
  "/usr/bin/tini-static",
  "/usr/bin/docker-init",
];
const INIT_INSIDE = "/sbin/docker-init";

function initProgram(): string {
  const found = INITS.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  if (!found)
    throw unavailable(
      "--init needs a static init program: install catatonit (Debian, Ubuntu, Fedora, Arch) or tini-static",
    );
  return found;
}

/** The OCI specification of a container about to start. `managed` are the binds of the files the engine keeps. */
export function runtimeSpec(
  context: ContainerContext,
  container: Container,
  rootfs: string,
  network: NamespaceChoice,
  managed: readonly OciMount[],
): OciRuntimeSpec {
  const { config, hostConfig: host, mounts } = container.record;
  const init = host.Init ? initProgram() : undefined;
  const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const [height, width] = host.ConsoleSize;
  return buildSpec(
    {
      rootfs,
      readonlyRootfs: host.ReadonlyRootfs,
      args: init ? [INIT_INSIDE, "--", ...command] : command,
      env: containerEnv(config),
      cwd: config.WorkingDir || "/",
      user: resolveUser(rootfs, config.User, host.GroupAdd ?? []),
      hostname: config.Hostname,
      domainname: config.Domainname,
      tty: config.Tty,
      consoleSize: { height, width },
      network,
      ipc: namespaceChoice(context, host.IpcMode, "ipc"),
      pid: namespaceChoice(context, host.PidMode, "pid"),
      uts: namespaceChoice(context, host.UTSMode, "uts"),
      cgroupNamespace: host.CgroupnsMode === "private" ? "private" : "host",
      cgroupsPath: `${host.CgroupParent || context.cgroupParent}/${container.id}`,
      mounts: [
        ...managed.filter(({ destination }) => !mounts.some((mount) => mount.Destination === destination)),
        ...(init ? [{ destination: INIT_INSIDE, type: "bind", source: init, options: ["bind", "ro"] }] : []),
        ...userMounts(container),
      ],
      shmSize: host.ShmSize,
      capAdd: host.CapAdd ?? [],
      capDrop: host.CapDrop ?? [],
      privileged: host.Privileged,
      securityOpt: host.SecurityOpt ?? [],
      devices: host.Devices ?? [],
      deviceRules: host.DeviceCgroupRules ?? [],
      ulimits: host.Ulimits ?? [],
      sysctls: host.Sysctls ?? {},
      oomScoreAdj: host.OomScoreAdj,
      ...(host.Annotations && { annotations: host.Annotations }),
      maskedPaths: host.MaskedPaths ?? [],
      readonlyPaths: host.ReadonlyPaths ?? [],
      limits: host,
    },
    context.openFiles,
  );
}

const depth = (path: string) => path.split("/").length;

/** Binds, volumes and tmpfs of a container, outer ones before those inside them. */
function userMounts(container: Container): OciMount[] {
  const { config, hostConfig, mounts } = container.record;
  const wanted = wantedMounts(config, hostConfig);
  const points = mounts.map((mount): OciMount => {
    const request = wanted.find(({ target }) => target === mount.Destination);
    if (mount.Type === "bind" && request?.createSource) mkdirMissing(mount.Source);
    if (!statSync(mount.Source, { throwIfNoEntry: false })) {
      throw notFound(`${mount.Type} source path does not exist: ${mount.Source}`);
    }
    const propagation = mount.Propagation || "rprivate";
    return {
      destination: mount.Destination,
      type: "bind",
      source: mount.Source,
      options: [request?.nonRecursive ? "bind" : "rbind", mount.RW ? "rw" : "ro", propagation],
    };
  });
  const temporary = wanted
    .filter(({ type }) => type === "tmpfs")
    .map(
      (mount): OciMount => ({
        destination: mount.target,
        type: "tmpfs",
        source: "tmpfs",
        options: ["noexec", "nosuid", "nodev", ...(mount.tmpfsOptions ? mount.tmpfsOptions.split(",") : [])],
      }),
    );
  return [...points, ...temporary].sort((a, b) => depth(a.destination) - depth(b.destination));
}

function mkdirMissing(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })) return; // A file: bound as it is.
    throw invalid(`error while creating mount source path '${path}'`, error);
  }
}
