import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Builder } from "../build/index.ts";
import type { Containers } from "../container/index.ts";
import type { Engine, EventLog } from "../engine/index.ts";
import type { Images } from "../image/index.ts";
import type { Networks } from "../network/index.ts";
import type { Registries } from "../registry/index.ts";
import type { SystemInfo, VersionReply } from "../spec/index.ts";
import { type Server, serve } from "./server.ts";

/** The parts of an engine that a test needs; calling any other is a failure of the test. */
export interface EngineParts {
  containers?: Partial<Containers>;
  images?: Partial<Images>;
  networks?: Partial<Networks>;
  volumes?: Partial<Engine["volumes"]>;
  builder?: Partial<Builder>;
  events?: Partial<EventLog>;
  info?: () => Promise<SystemInfo>;
  registries?: Partial<Registries>;
  diskUsage?: Engine["diskUsage"];
  check?: Engine["check"];
}

const VERSION: VersionReply = {
  Platform: { Name: "Berth" },
  Version: "9.8.7",
  ApiVersion: "1.51",
  MinAPIVersion: "1.24",
  GitCommit: "",
  GoVersion: "",
  Os: "linux",
  Arch: "amd64",
  KernelVersion: "6.18",
  BuildTime: "",
  Components: [],
};

function only<T extends object>(part: Partial<T> | undefined): T {
  return new Proxy((part ?? {}) as T, {
    get(target, key) {
      if (key in target) return Reflect.get(target, key);
      throw new Error(`the test did not expect a call of ${String(key)}`);
    },
  });
}

export function engineOf(parts: EngineParts): Engine {
  return {
    config: {
      hosts: [],
      dataRoot: "",
      execRoot: "",
      bridge: "",
      runtime: "",
      pidfile: "",
      favorDynmods: false,
      layerFormat: "auto",
      lean: false,
      insecureRegistries: [],
      registryMirrors: [],
      registryCertificates: [],
      logLevel: "info",
      logFormat: "text",
    },
    containers: only(parts.containers),
    images: only(parts.images),
    registries: only(parts.registries),
    networks: only(parts.networks),
    volumes: only(parts.volumes),
    builder: only(parts.builder),
    events: only(parts.events),
    version: () => VERSION,
    info: parts.info ?? (() => Promise.reject(new Error("the test did not expect info"))),
    diskUsage: parts.diskUsage ?? (() => Promise.reject(new Error("the test did not expect diskUsage"))),
    check: parts.check ?? (() => Promise.reject(new Error("the test did not expect check"))),
    close: () => Promise.resolve(),
  };
}

/** An API server on a socket of its own. */
export interface TestServer extends AsyncDisposable {
  readonly path: string;
  readonly server: Server;
  readonly warnings: string[];
  connect(): Promise<RawClient>;
  /** Sends bytes on a connection of their own, and returns all that comes back until the server ends it. */
  exchange(request: string): Promise<string>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export async function startServer(parts: EngineParts = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), "berth-api-"));
  const path = join(directory, "api.sock");
  const warnings: string[] = [];
  const server = await serve(engineOf(parts), [`unix://${path}`], { warn: (text) => warnings.push(text) });
  return {
    path,
    server,
    warnings,
    connect: () => RawClient.connect(path),
    async exchange(request) {
      const client = await RawClient.connect(path);
      client.send(request);
      return client.rest();
    },
    fetch: (url, init) => fetch(`http://d${url}`, { ...init, unix: path } as RequestInit),
    async [Symbol.asyncDispose]() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Whether there is a docker command to test with; says so where there is none. */
export function hasDocker(): boolean {
  if (Bun.which("docker")) return true;
  console.warn("docker is not installed: its tests are skipped");
  return false;
}

/** The docker command against a server. */
export async function runDocker(
  server: TestServer,
  argv: readonly string[],
  { input, env }: { input?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; out: string; err: string }> {
  const own = { DOCKER_HOST: `unix://${server.path}`, DOCKER_BUILDKIT: "0", DOCKER_CONTEXT: "" };
  const child = Bun.spawn(["docker", ...argv], {
    env: { ...process.env, ...own, ...env },
    stdin: input === undefined ? "ignore" : Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, out, err };
}

/** A client that speaks bytes. */
export class RawClient {
  #received = Buffer.alloc(0);
  #ended = false;
  #changed = Promise.withResolvers<void>();
  #socket!: Bun.Socket<undefined>;

  static async connect(path: string): Promise<RawClient> {
    const client = new RawClient();
    client.#socket = await Bun.connect({
      unix: path,
      allowHalfOpen: true,
      socket: {
        data: (_, data) => client.#change(() => (client.#received = Buffer.concat([client.#received, data]))),
        end: () => client.#change(() => (client.#ended = true)),
        close: () => client.#change(() => (client.#ended = true)),
        error: () => {},
      },
    });
    return client;
  }

  get received(): string {
    return this.#received.toString("latin1");
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends as much as the kernel takes, and returns how much that was. */
  send(data: string | Uint8Array): number {
    return this.#socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Ends the sending half. */
  halfClose(): void {
    this.#socket.shutdown();
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Stops reading, as a slow client does. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Waits until `text` has arrived; returns everything up to its end and forgets it. */
  async until(text: string): Promise<string> {
    for (;;) {
      const at = this.received.indexOf(text);
      if (at >= 0) {
        const taken = this.received.slice(0, at + text.length);
        this.#received = this.#received.subarray(at + text.length);
        return taken;
      }
      if (this.#ended)
        throw new Error(`ended before ${JSON.stringify(text)}: ${JSON.stringify(this.received)}`);
      await this.#changed.promise;
    }
  }

  /** Everything until the server ends. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#changed.promise;
    this.#socket.end();
    return this.received;
  }

  #change(apply: () => void): void {
    apply();
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}

/** Waits until `condition` holds. */
export async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 4000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never true: ${condition}`);
    await Bun.sleep(5);
  }
}
