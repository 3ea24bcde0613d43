import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerInspect, ImageInspect } from "../../src/spec/index.ts";
import type { CliName } from "./settings.ts";
import { Terminal } from "./terminal.ts";

export interface RunOptions {
  stdin?: string | Uint8Array<ArrayBuffer> | "pipe";
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds until the command is killed. */
  timeout?: number;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Command words after which the oracle's label goes, so that what a test makes there can be found and removed. */
const MAKERS = new Set(["run", "create", "build"]);

/** One command line (berth's own or docker's) pointed at one engine. */
export class Cli {
  /** Every container or image id that a command printed. */
  readonly seen = new Set<string>();

  constructor(
    readonly name: CliName,
    readonly program: string,
    readonly host: string,
    private readonly token: string,
    private readonly label: string | undefined,
  ) {}

  /** A name for a container, unique to this run, file and command line. */
  unique(name: string): string {
    return `${this.token}-${this.name}-${name}`;
  }

  /** A name for an image, unique likewise: `TOKEN-berth/app:1`. */
  image(name: string): string {
    const tagged = name.includes(":") ? name : `${name}:1`;
    return `${this.token}-${this.name}/${tagged}`;
  }

  /** Runs a command to its end, whatever its status. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const child = this.spawn(args, options);
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? 60_000);
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    clearTimeout(timer);
    for (const id of stdout.match(/\b[0-9a-f]{64}\b/g) ?? []) this.seen.add(id);
    return { code, stdout, stderr };
  }

  /** Runs a command that must succeed, and returns its standard output without the white space around it. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`${this.name} ${args.join(" ")}: status ${code}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Runs a command inside a running container, and returns its output likewise. */
  inside(container: string, ...command: string[]): Promise<string> {
    return this.ok("exec", container, ...command);
  }

  /** What `inspect` says of a container. */
  async inspect(name: string): Promise<ContainerInspect> {
    const all: ContainerInspect[] = JSON.parse(await this.ok("container", "inspect", name));
    if (!all[0]) throw new Error(`inspect ${name} printed an empty list`);
    return all[0];
  }

  /** What `image inspect` says of an image. */
  async inspectImage(name: string): Promise<ImageInspect> {
    const all: ImageInspect[] = JSON.parse(await this.ok("image", "inspect", name));
    if (!all[0]) throw new Error(`image inspect ${name} printed an empty list`);
    return all[0];
  }

  /** Starts a command and returns at once. */
  spawn(args: readonly string[], options: RunOptions = {}): Bun.Subprocess<"pipe", "pipe", "pipe"> {
    const { stdin } = options;
    const child = Bun.spawn([this.program, ...this.#labelled(args)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      env: { ...this.#environment(), ...options.env },
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    if (stdin !== "pipe") {
      if (stdin !== undefined) child.stdin.write(stdin);
      child.stdin.end();
    }
    return child;
  }

  /** Starts a command on a terminal. */
  terminal(args: readonly string[], options: { cols?: number; rows?: number } = {}): Terminal {
    return new Terminal([this.program, ...this.#labelled(args)], { env: this.#environment(), ...options });
  }

  #labelled(args: readonly string[]): string[] {
    const at = args.findIndex((word) => MAKERS.has(word));
    if (this.label === undefined || at < 0 || at > 1) return [...args];
    return [...args.slice(0, at + 1), "--label", this.label, ...args.slice(at + 1)];
  }

  #environment(): Record<string, string | undefined> {
    return {
      PATH: process.env.PATH,
      HOME: home,
      DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(home, ".docker"),
      DOCKER_HOST: this.host,
      // The classic build is what these scenarios are about.
      DOCKER_BUILDKIT: "0",
      LANG: "C.UTF-8",
    };
  }
}

/** No configuration of the person who runs the tests gets in: this folder is never made. */
const home = join(tmpdir(), "berth-e2e-no-home");
process.on("exit", () => Bun.spawnSync(["rm", "-rf", home]));
