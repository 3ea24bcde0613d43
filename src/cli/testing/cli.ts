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
  /** The same with more of an environment, and with something to read on standard input. */
  runWith(more: { env?: Record<string, string>; stdin?: string }, ...args: string[]): Promise<Ran>;
  /** Command and environment for a test that starts the program itself. */
  command(args: readonly string[]): { argv: string[]; env: Record<string, string> };
}

/** Path without its version, and query: what a test's server answers by. */
export type Answer = (
  method: string,
  path: string,
  query: URLSearchParams,
  request: Request,
) => Response | Promise<Response>;

export const MAIN = join(import.meta.dir, "..", "..", "main.ts");

/** A home that is not there, in which Bun is not to make its cache. */
export const QUIET = { HOME: "/nonexistent", BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" };

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
}

/** JSON lines, as progress is sent. */
export function jsonLines(...values: readonly unknown[]): Response {
  return new Response(values.map((value) => `${JSON.stringify(value)}\r\n`).join(""));
}

/** `server` is whose engine it says it is. */
export async function cliWith(answer: Answer, server = "Berth/9.8.7 (linux)"): Promise<Cli> {
  const directory = mkdtempSync(join(tmpdir(), "berth-cli-"));
  const socket = join(directory, "s.sock");
  const requests: string[] = [];
  const listener = Bun.serve({
    unix: socket,
    fetch(request) {
      const { pathname, search, searchParams } = new URL(request.url);
      if (/^(\/v[\d.]+)?\/_ping$/.test(pathname)) {
        return new Response("OK", { headers: { "Api-Version": "1.51", Server: server } });
      }
      requests.push(`${request.method} ${pathname}${search}`);
      return answer(request.method, pathname.replace(/^\/v1\.\d+/, ""), searchParams, request);
    },
  });
  const host = `unix://${socket}`;
  const own = { DOCKER_HOST: host, DOCKER_CONFIG: directory };
  return {
    directory,
    host,
    requests,
    run: (...args) => runCli(args, own),
    runWith: ({ env, stdin }, ...args) => runCli(args, { ...own, ...env }, stdin),
    command: (args) => ({ argv: [process.execPath, MAIN, ...args], env: environment(own) }),
    async [Symbol.asyncDispose]() {
      await listener.stop(true);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs the command line with nothing of this process's environment that it would heed. */
export async function runCli(
  args: readonly string[],
  env: Record<string, string>,
  stdin?: string,
): Promise<Ran> {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    env: environment(env),
    stdin: stdin === undefined ? "ignore" : new TextEncoder().encode(stdin),
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

function environment(env: Record<string, string>): Record<string, string> {
  return { ...QUIET, PATH: process.env.PATH ?? "", TZ: "UTC", ...env };
}
