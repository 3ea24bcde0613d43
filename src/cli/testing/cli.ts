import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** The command line as a program of its own, pointed at a small API server that the test describes. */
export interface Cli extends AsyncDisposable {
  readonly directory: string;
  readonly host: string;
  /** Requests seen, as `GET /v1.51/containers/json?all=1`. */
  readonly requests: string[];
  run(...args: string[]): Promise<Ran>;
}

/** Path without its version, and query: what a test's server answers by. */
export type Answer = (method: string, path: string, query: URLSearchParams) => Response | Promise<Response>;

export const MAIN = join(import.meta.dir, "..", "..", "main.ts");

/** A home that is not there, in which Bun is not to make its cache. */
export const QUIET = { HOME: "/nonexistent", BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" };

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
}

export async function cliWith(answer: Answer): Promise<Cli> {
  const directory = mkdtempSync(join(tmpdir(), "berth-cli-"));
  const socket = join(directory, "s.sock");
  const requests: string[] = [];
  const server = Bun.serve({
    unix: socket,
    fetch(request) {
      const { pathname, search, searchParams } = new URL(request.url);
      if (pathname === "/_ping") return new Response("OK", { headers: { "Api-Version": "1.51" } });
      requests.push(`${request.method} ${pathname}${search}`);
      return answer(request.method, pathname.replace(/^\/v1\.\d+/, ""), searchParams);
    },
  });
  const host = `unix://${socket}`;
  return {
    directory,
    host,
    requests,
    run: (...args) => runCli(args, { DOCKER_HOST: host, DOCKER_CONFIG: directory }),
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs the command line with nothing of this process's environment that it would heed. */
export async function runCli(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    env: { ...QUIET, PATH: process.env.PATH ?? "", TZ: "UTC", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, out, err };
}
