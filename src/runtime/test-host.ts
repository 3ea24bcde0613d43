import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { newId } from "../core/index.ts";
import type { OciProcess, OciRuntimeSpec } from "../spec/index.ts";
import { openRuntime } from "./open-runtime.ts";
import type { Attachment, CreateOptions, ExecOptions, ExitStatus, Runtime } from "./types.ts";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));

/** Names the runtime that the tests use; the host's default when it is unset. */
export const RUNTIME_VARIABLE = "BERTH_TEST_RUNTIME";

/** Why the tests that run containers cannot run here; undefined when they can. */
export const cannotRun: string | undefined =
  process.getuid?.() !== 0 ? "not root" : BUSYBOX ? undefined : "no static busybox";

const APPLETS =
  "sh cat echo sleep seq ls head stty true id yes wc kill dd tail tr mkdir stat readlink touch".split(" ");
const CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_KILL",
  "CAP_SETUID",
  "CAP_SETGID",
  "CAP_DAC_OVERRIDE",
  "CAP_SYS_CHROOT",
];

export function processOf(args: string[], more: Partial<OciProcess> = {}): OciProcess {
  const all = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
  return {
    user: { uid: 0, gid: 0 },
    args,
    env: ["PATH=/bin", "TERM=xterm"],
    cwd: "/",
    capabilities: { ...all, inheritable: [], ambient: [] },
    ...more,
  };
}

const NAMESPACES = ["pid", "ipc", "uts", "mount", "network"] as const;

function specOf(rootfs: string, cgroup: string, process: OciProcess): OciRuntimeSpec {
  return {
    ociVersion: "1.0.2",
    process,
    root: { path: rootfs },
    hostname: "test",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=65536k"] },
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["newinstance", "ptmxmode=0666", "mode=0620"],
      },
    ],
    linux: {
      namespaces: NAMESPACES.map((type) => ({ type })),
      cgroupsPath: cgroup,
      ...(hasController("pids") && {
        resources: { devices: [{ allow: false, access: "rwm" }], pids: { limit: 200 } },
      }),
    },
  };
}

/** Whether this host's control groups can limit this; a version 2 tree may have few controllers. */
export function hasController(name: string): boolean {
  const file = "/sys/fs/cgroup/cgroup.controllers";
  return !existsSync(file) || readFileSync(file, "latin1").split(/\s/).includes(name);
}

export interface Made {
  readonly id: string;
  readonly bundle: string;
  readonly log: string;
}

/** One engine's directories with containers of a busybox in them; `close` takes everything away again. */
export class TestHost {
  readonly directory: string;
  readonly cgroup = `/berth-test-${newId().slice(0, 12)}`;
  readonly messages: string[] = [];
  runtime: Runtime;
  readonly #containers: Made[] = [];

  constructor(under = "/tmp") {
    this.directory = mkdtempSync(join(under, "berth-runtime-"));
    const bin = join(this.directory, "rootfs", "bin");
    mkdirSync(bin, { recursive: true });
    for (const name of ["proc", "dev", "tmp"]) mkdirSync(join(this.directory, "rootfs", name));
    copyFileSync(BUSYBOX as string, join(bin, "busybox"));
    for (const applet of APPLETS) symlinkSync("busybox", join(bin, applet));
    this.runtime = this.#open();
  }

  /** Another daemon over the same directories, the first being gone without a word. */
  reopen(): Runtime {
    this.runtime.close();
    this.runtime = this.#open();
    return this.runtime;
  }

  #open(): Runtime {
    const runtime = process.env[RUNTIME_VARIABLE];
    const log = (message: string) => void this.messages.push(message);
    return openRuntime({ execRoot: this.directory, ...(runtime && { runtime }), log });
  }

  get rootfs(): string {
    return join(this.directory, "rootfs");
  }

  bundle(process: OciProcess, change: (spec: OciRuntimeSpec) => void = () => {}): Made {
    const id = newId();
    const bundle = join(this.directory, "bundles", id);
    mkdirSync(bundle, { recursive: true });
    const spec = specOf(this.rootfs, `${this.cgroup}/${id}`, process);
    change(spec);
    this.runtime.writeBundle(bundle, spec);
    const made = { id, bundle, log: join(bundle, "container.log") };
    this.#containers.push(made);
    return made;
  }

  /** A created container: its process waits. */
  async create(
    args: string[],
    options: Partial<CreateOptions> & { process?: Partial<OciProcess> } = {},
  ): Promise<Made & { pid: number; monitorPid: number; exit: Promise<ExitStatus> }> {
    const { process, ...rest } = options;
    const made = this.bundle(processOf(args, { terminal: options.tty ?? false, ...process }));
    const { id, bundle, log } = made;
    const pids = await this.runtime.create({
      id,
      bundle,
      tty: false,
      stdin: false,
      stdinOnce: false,
      logPath: log,
      ...rest,
    });
    return { ...made, ...pids, exit: this.exit({ ...made, ...pids }) };
  }

  /** A running container. */
  async run(args: string[], options: Partial<CreateOptions> & { process?: Partial<OciProcess> } = {}) {
    const container = await this.create(args, options);
    await this.runtime.start(container.id, container.bundle);
    return container;
  }

  exit({ id, bundle, monitorPid }: Made & { monitorPid: number }): Promise<ExitStatus> {
    return new Promise((resolve) => {
      this.runtime.watchExit(id, bundle, monitorPid, resolve);
    });
  }

  exec(container: Made, args: string[], options: Partial<ExecOptions> = {}) {
    return this.runtime.exec({
      id: newId(),
      containerId: container.id,
      bundle: container.bundle,
      process: processOf(args, options.process),
      tty: false,
      stdin: false,
      detach: false,
      ...options,
    });
  }

  async close(): Promise<void> {
    for (const { id, bundle } of this.#containers) {
      await this.runtime.killAll(id, bundle);
      await this.runtime.delete(id);
    }
    this.runtime.close();
    for (const directory of cgroupDirectories(this.cgroup)) rmdirSync(directory);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Where the cgroup of this path is present, in whichever hierarchies. */
export function cgroupDirectories(path: string): string[] {
  const top = "/sys/fs/cgroup";
  const hierarchies = existsSync(join(top, "cgroup.controllers"))
    ? [top]
    : readdirSync(top).map((name) => join(top, name));
  return hierarchies.map((hierarchy) => join(hierarchy, path)).filter((directory) => existsSync(directory));
}

/** Reads an attachment to its end. */
export async function readAll(attachment: Attachment): Promise<{ stdout: string; stderr: string }> {
  const out = { stdout: "", stderr: "" };
  for await (const { stream, data } of attachment.output) out[stream] += Buffer.from(data).toString("latin1");
  return out;
}

/** Waits until something holds. @throws when it does not within ten seconds */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ten seconds: ${what}`);
    await Bun.sleep(5);
  }
}
