import { existsSync, rmSync, writeFileSync } from "node:fs";
import { parseHost, serve } from "../api/index.ts";
import { messageOf } from "../core/index.ts";
import {
  CONFIG_PLACES,
  type ConfigOptions,
  checkPrerequisites,
  createLogger,
  mergeConfig,
  openEngine,
  readConfigFile,
} from "../engine/index.ts";
import { collectWhenIdle } from "./idle-memory.ts";

/** `berth daemon`: serves until it is told to stop. Resolves with the exit status. */
export async function runDaemon(flags: ConfigOptions & { config?: string }): Promise<number> {
  const { config: named, ...options } = flags;
  const path = named ?? CONFIG_PLACES.find((place) => existsSync(place));
  const config = mergeConfig(path ? readConfigFile(path) : {}, options);
  // Said before anything is made.
  for (const host of config.hosts) parseHost(host);
  const logger = createLogger(config);
  const stop = stopSignal();
  process.umask(0o022);
  await checkPrerequisites();
  const engine = await openEngine(config, logger);
  const server = await serve(engine, config.hosts, {
    warn: (message) => logger("warn", message),
    onRequest: collectWhenIdle(),
  }).catch(async (error) => {
    await engine.close();
    throw error;
  });
  if (config.pidfile) writeFileSync(config.pidfile, `${process.pid}\n`);
  logger("info", `berth daemon ready, pid ${process.pid}, API on ${server.addresses.join(", ")}`);
  process.on("unhandledRejection", (error) => logger("error", `unhandled: ${messageOf(error)}`));

  const signal = await stop;
  logger("info", `${signal}: stopping; containers run on`);
  await server.close();
  await engine.close();
  if (config.pidfile) rmSync(config.pidfile, { force: true });
  return 0;
}

/** Resolves with the first signal that asks the daemon to stop; a second one ends it on the spot. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(1);
        asked = true;
        resolve(signal);
      });
    }
    // The terminal that started it may go away.
    process.on("SIGHUP", () => {});
  });
}
