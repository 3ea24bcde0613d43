// npm run quickstart [-- DAEMON OPTIONS]: from a fresh checkout to a page served by a container.
// Safe to run again: what is there is used, and its own container is replaced. Options of `berth daemon`
// (--data-root, --exec-root, --host, --bridge, --runtime, --config) are for an engine beside the default one.
import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import http from "node:http";
import net from "node:net";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./lib/build.mjs";
import { must, run } from "./lib/child.mjs";
import { berth, root } from "./lib/paths.mjs";
import { ENGINE_NEEDS, ensurePrerequisites } from "./lib/prerequisites.mjs";
import { main, Refusal, say, step } from "./lib/steps.mjs";
import { staticBusybox } from "./lib/system-packages.mjs";

const NAME = "berth-hello";
const CONTEXT = join(root, "dist", "hello");
const FIRST_PORT = 8080;
const DEFAULT_EXEC_ROOT = "/run/berth";

/** Where the engine of this run listens and what `berth daemon` is to be told. */
function engineOptions() {
  const names = ["data-root", "exec-root", "host", "bridge", "runtime", "config", "pidfile"];
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
    strict: true,
  });
  const execRoot = values["exec-root"] ?? process.env.BERTH_EXEC_ROOT ?? DEFAULT_EXEC_ROOT;
  const host = values.host ?? (process.env.BERTH_HOST || `unix://${execRoot}/berth.sock`);
  if (!host.startsWith("unix://"))
    throw new Refusal(`The quick start talks to a unix socket; --host is ${host}.`);
  const flags = Object.entries({ ...values, host }).map(([name, value]) => `--${name}=${value}`);
  return { execRoot, host, socket: host.slice("unix://".length), flags };
}

/** GET / of a port on this machine, or of another path and socket. */
function get(target) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", timeout: 3000, ...target }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode, body }));
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 3 s"))).on("error", reject);
  });
}

const answers = (socket) =>
  get({ socketPath: socket, path: "/_ping" }).then(
    ({ status }) => status === 200,
    () => false,
  );

/** Calls `probe` until it gives something truthy; undefined when `milliseconds` have passed. */
async function until(probe, milliseconds) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > end) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts the daemon in a session of its own, so that it stays when this script and its terminal go. */
async function startEngine({ execRoot, socket, flags }) {
  const folder = execRoot === DEFAULT_EXEC_ROOT ? "/var/log/berth" : execRoot;
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const log = join(folder, "daemon.log");
  const output = openSync(log, "a");
  const daemon = spawn(berth, ["daemon", ...flags], { detached: true, stdio: ["ignore", output, output] });
  let ended = false;
  daemon.once("exit", () => {
    ended = true;
  });
  const up = await until(async () => ended || (await answers(socket)), 15_000);
  if (ended || !up) {
    const said = readFileSync(log, "utf8").trim().split("\n").slice(-5).join("\n");
    throw new Refusal(`The engine did not start. Its log (${log}) ends with:\n${said}`);
  }
  daemon.unref();
  return daemon.pid;
}

/** Lays out the build context: the example and the distribution's static busybox. */
function layContext() {
  rmSync(CONTEXT, { recursive: true, force: true });
  cpSync(join(root, "examples", "hello"), CONTEXT, { recursive: true, preserveTimestamps: true });
  const busybox = staticBusybox();
  copyFileSync(busybox, join(CONTEXT, "busybox"));
  const { atime, mtime } = statSync(busybox);
  utimesSync(join(CONTEXT, "busybox"), atime, mtime);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server
      .once("error", () => resolve(false))
      .listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
  });
}

/**
 * Runs the container on the first free port. A port may be taken without anyone listening (another engine's
 * firewall rule), so the engine has the last word.
 */
async function runHello(cli) {
  for (let port = FIRST_PORT; port < FIRST_PORT + 100; port++) {
    if (!(await isFree(port))) continue;
    const result = await run([...cli, "run", "-d", "--name", NAME, "-p", `${port}:8080`, NAME]);
    if (result.code === 0) return port;
    await run([...cli, "rm", "-f", NAME]);
    if (!/already (allocated|in use)/.test(result.stderr)) throw new Refusal(result.stderr.trim());
  }
  throw new Refusal(`No free port between ${FIRST_PORT} and ${FIRST_PORT + 99}.`);
}

await main(async () => {
  if (process.getuid?.() !== 0) throw new Refusal("Berth's engine needs root: sudo npm run quickstart");
  const options = engineOptions();
  say("Berth quick start\n");
  await ensurePrerequisites({ system: ENGINE_NEEDS });
  await build();
  const cli = [berth, "-H", options.host];
  const pid = await step("engine", async (retitle) => {
    if (await answers(options.socket)) {
      retitle(`engine: already running on ${options.host}`);
      return undefined;
    }
    const started = await startEngine(options);
    retitle(`engine: started on ${options.host} (process ${started})`);
    return started;
  });
  await step("image: built from examples/hello/Dockerfile", async () => {
    layContext();
    await must([...cli, "build", "-t", NAME, CONTEXT]);
  });
  const port = await step("container", async (retitle) => {
    await run([...cli, "rm", "-f", NAME]);
    const chosen = await runHello(cli);
    retitle(`container: ${NAME} runs, its port 8080 is port ${chosen} here`);
    return chosen;
  });
  const url = `http://127.0.0.1:${port}/`;
  await step("page", async (retitle) => {
    const page = await until(() => get({ port }).catch(() => undefined), 10_000);
    if (page?.status !== 200 || !page.body.includes("It works.")) {
      throw new Refusal(
        `${url} did not serve the page. See: ${relative(process.cwd(), berth)} -H ${options.host} logs ${NAME}`,
      );
    }
    retitle(`page: ${page.body.length} bytes from ${url}`);
  });

  const custom = options.flags.length > 1 || process.env.BERTH_HOST;
  const command = `${relative(process.cwd(), berth)}${custom ? ` -H ${options.host}` : ""}`;
  const hints = [
    [`${command} ps`, "what runs"],
    [`${command} logs ${NAME}`, "what it said"],
    [`${command} rm -f ${NAME}`, "stop and remove the container"],
    [`${command} rmi ${NAME}`, "remove the image"],
    ...(pid === undefined ? [] : [[`kill ${pid}`, "stop the engine; containers would run on"]]),
  ];
  const width = Math.max(...hints.map(([text]) => text.length));
  say(
    `\nOpen ${url}\n\n${hints.map(([text, meaning]) => `  ${text.padEnd(width)}   ${meaning}`).join("\n")}`,
  );
});
