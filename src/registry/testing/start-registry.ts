import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { startTokenServer, type TokenServer } from "./token-server.ts";

export const registryProgram = Bun.which("docker-registry");

export const TEST_USER = { username: "someone", password: "a secret: with signs" };

export interface RegistryOptions {
  /** `basic` and `token` take TEST_USER only; `token` gives anonymous users the right to pull `public/...`. */
  readonly auth?: "basic" | "token";
  readonly tls?: boolean;
  /** With `tls`: only clients with a certificate of the same authority are let in. */
  readonly clientCertificate?: boolean;
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly certificate: Certificate | undefined;
  readonly tokens: TokenServer | undefined;
  /** Ends the program; what it stores stays. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
}

/** A real registry on a free loopback port, with a data directory of its own; both go when it is disposed of. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  if (!registryProgram) throw new Error("docker-registry is not installed");
  const directory = mkdtempSync(join(tmpdir(), "berth-registry-"));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const certificate = options.tls ? makeCertificate(directory, "registry") : undefined;
  const tokens = options.auth === "token" ? await startTokenServer(directory) : undefined;
  const config = join(directory, "config.json");
  writeFileSync(config, JSON.stringify(await configuration(directory, host, options, certificate, tokens)));
  const scheme = options.tls ? "https" : "http";
  let program: Bun.Subprocess | undefined;

  const stop = async () => {
    program?.kill("SIGKILL");
    await program?.exited;
    program = undefined;
  };
  const start = async () => {
    program = Bun.spawn([registryProgram as string, "serve", config], {
      stdout: "ignore",
      stderr: Bun.file(join(directory, "log")),
      env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: "none" },
    });
    await untilListening(port, program, join(directory, "log"));
  };
  const dispose = async () => {
    await stop();
    await tokens?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  };
  await start().catch(async (error) => {
    await dispose();
    throw error;
  });
  return {
    host,
    port,
    url: `${scheme}://${host}`,
    certificate,
    tokens,
    stop,
    start,
    [Symbol.asyncDispose]: dispose,
  };
}

async function configuration(
  directory: string,
  addr: string,
  options: RegistryOptions,
  certificate: Certificate | undefined,
  tokens: TokenServer | undefined,
) {
  const data = join(directory, "data");
  mkdirSync(data);
  const htpasswd = join(directory, "htpasswd");
  if (options.auth === "basic") {
    const hash = await Bun.password.hash(TEST_USER.password, { algorithm: "bcrypt", cost: 4 });
    // The same algorithm under the name that the registry knows.
    writeFileSync(htpasswd, `${TEST_USER.username}:${hash.replace(/^\$2[abx]\$/, "$2y$")}\n`);
  }
  return {
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: data },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: {
      addr,
      secret: "of this test alone",
      ...(certificate && {
        tls: {
          certificate: certificate.certPath,
          key: certificate.keyPath,
          ...(options.clientCertificate && { clientcas: [certificate.certPath] }),
        },
      }),
    },
    ...(options.auth === "basic" && { auth: { htpasswd: { realm: "test", path: htpasswd } } }),
    ...(tokens && { auth: { token: tokens.registrySettings } }),
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilListening(port: number, program: Bun.Subprocess, log: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (program.exitCode !== null) break;
    try {
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: { data: () => undefined, error: () => undefined, connectError: () => undefined },
      });
      socket.end();
      return;
    } catch {
      await Bun.sleep(25);
    }
  }
  throw new Error(`docker-registry did not start: ${await Bun.file(log).text()}`);
}
