import { createHash } from "node:crypto";
import { basename, isAbsolute, join } from "node:path";
import { invalid, unavailable } from "../core/index.ts";
import { type CgroupMode, cgroupMode, hasSeccompLibrary } from "../kernel/index.ts";
import { outputOf } from "../process/index.ts";
import { generic, makingCommandLine, type RuntimeKind, type RuntimeProgram } from "./adapter.ts";
import { crun } from "./crun.ts";
import { findProgram, missingProgram } from "./find-program.ts";
import { hybridLauncher, sharingHybridLauncher } from "./hybrid-launcher.ts";
import { runc } from "./runc.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";

const KNOWN = ["crun", "runc"] as const;

/** Names under which Docker's clients ask for the runtimes. */
const ALIASES: Record<string, string> = { "io.containerd.runc.v2": "runc", "io.containerd.crun.v2": "crun" };

/** How to treat a runtime, by its program's name. */
export function kindOf(path: string): RuntimeKind {
  const name = basename(path);
  if (name.startsWith("crun")) return crun;
  if (name.startsWith("runc")) return runc;
  return generic;
}

export interface SelectOptions {
  /** Parent of each runtime's state directory. */
  root: string;
  /** The engine's own choice of default: a name or an absolute path. */
  configured?: string;
  /** For tests: what is looked up otherwise. */
  find?: (name: string) => string | undefined;
  mode?: CgroupMode;
  works?: (crun: RuntimeProgram) => boolean;
  compiles?: boolean;
}

/** Whether crun can be called here, by its launcher too, and filters system calls at all. */
function crunWorks(program: RuntimeProgram): boolean {
  return (
    outputOf(
      [...makingCommandLine(program, { linux: { namespaces: [] } }), "--version"],
      runtimeEnvironment(),
    )?.includes("+SECCOMP") ?? false
  );
}

/** The runtimes of this host and which of them is the default. */
export class Runtimes {
  readonly default: RuntimeProgram;
  /**
   * For what is run to its end by one call of the runtime. A launcher's mount namespace would hold on to what others
   * mounted all the while, such as pinned network namespaces of containers that are removed meanwhile.
   */
  readonly forRuns: RuntimeProgram;
  readonly #root: string;
  readonly #find: (name: string) => string | undefined;
  readonly #mode: CgroupMode;
  readonly #found = new Map<string, RuntimeProgram>();

  /** @throws unavailable, with the commands that install it, when no usable runtime is there */
  constructor(options: SelectOptions) {
    this.#root = options.root;
    this.#find = options.find ?? findProgram;
    this.#mode = options.mode ?? cgroupMode();
    for (const name of KNOWN) this.#lookUp(name);
    this.default = this.#chooseDefault(options);
    const withoutLauncher = this.default.launcher && !options.configured && this.#found.get("runc");
    this.forRuns = withoutLauncher || this.default;
  }

  /** The runtime a container asks for; the default when it asks for none. @throws invalid in Docker's words */
  resolve(name?: string): RuntimeProgram {
    if (!name) return this.default;
    const found = this.#lookUp(ALIASES[name] ?? name);
    if (!found) throw invalid(`unknown or invalid runtime name: ${name}`);
    return found;
  }

  all(): readonly RuntimeProgram[] {
    return [...this.#found.values()];
  }

  #chooseDefault({
    configured,
    works = crunWorks,
    compiles = hasSeccompLibrary(),
  }: SelectOptions): RuntimeProgram {
    if (configured) {
      const found = this.#lookUp(ALIASES[configured] ?? configured);
      if (!found) throw missingProgram(configured);
      return found;
    }
    const crunProgram = this.#found.get("crun");
    const runcProgram = this.#found.get("runc");
    const fit = crunProgram && this.#acceptedByCrun() && works(crunProgram);
    // crun starts containers in a third of runc's time. Without compiled filters it differs from Docker a little.
    if (fit && (compiles || !runcProgram)) return crunProgram;
    if (runcProgram) return runcProgram;
    if (!crunProgram) throw missingProgram("runc");
    const why = this.#acceptedByCrun()
      ? "cannot be called, or was built without seccomp"
      : `does not accept this host's ${this.#mode} control groups`;
    throw unavailable(`${missingProgram("runc").message}; ${crunProgram.path} is here but ${why}`);
  }

  #lookUp(name: string): RuntimeProgram | undefined {
    const known = this.#found.get(name);
    if (known) return known;
    const path = this.#find(name);
    if (!path) return undefined;
    const kind = kindOf(path);
    const root = join(this.#root, this.#directory(name, path));
    const unshare = kind === crun && this.#mode === "hybrid" ? this.#find("unshare") : undefined;
    const launchers = unshare && {
      launcher: hybridLauncher(unshare),
      sharingLauncher: sharingHybridLauncher(unshare),
    };
    const program = { name, path, root, kind, ...launchers };
    this.#found.set(name, program);
    return program;
  }

  #acceptedByCrun(): boolean {
    return this.#mode !== "hybrid" || this.#find("unshare") !== undefined;
  }

  /** State directories must differ where programs do: two paths may end in the same name. */
  #directory(name: string, path: string): string {
    if (!isAbsolute(name)) return name;
    const bare = basename(path);
    if (this.#find(bare) === path) return bare;
    return `${bare}-${createHash("sha256").update(path).digest("hex").slice(0, 8)}`;
  }
}
