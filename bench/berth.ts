import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { removeNetwork } from "../e2e/harness/dismantle.ts";
import { eventually } from "../e2e/harness/eventually.ts";
import { type EngineRecord, mountsBelow } from "../e2e/harness/leftovers.ts";
import type { Contender } from "./contender.ts";

const binary = resolve(import.meta.dir, "..", "dist", "berth");

/** Starts a Berth of its own, beside whatever runs on this machine; `stop` leaves nothing of it. */
export async function startBerth(): Promise<Contender & { stop(): Promise<void> }> {
  const top = mkdtempSync("/var/tmp/berth-bench-");
  const record: EngineRecord = {
    token: top,
    top,
    dataRoot: join(top, "data"),
    execRoot: join(top, "exec"),
    socket: join(top, "berth.sock"),
    pidfile: join(top, "berth.pid"),
    bridge: `bb${top.slice(-6).toLowerCase()}`,
  };
  mkdirSync(record.dataRoot, { recursive: true });
  const host = `unix://${record.socket}`;
  const log = openSync(join(top, "daemon.log"), "a");
  const daemon = Bun.spawn(
    [
      ...[binary, "daemon", "--host", host, "--data-root", record.dataRoot, "--exec-root", record.execRoot],
      ...["--bridge", record.bridge, "--pidfile", record.pidfile],
    ],
    { stdin: "ignore", stdout: log, stderr: log },
  );
  closeSync(log);
  const ping = () => fetch("http://engine/_ping", { unix: record.socket }).then((reply) => reply.ok);
  await eventually("the engine answers", ping, 15_000).catch((error) => {
    throw new Error(`${error.message}\n${readFileSync(join(top, "daemon.log"), "utf8")}`);
  });
  return {
    name: "berth",
    command: [binary],
    env: { BERTH_HOST: host },
    buildFlags: [],
    registryFlags: [],
    daemonPids: () => [daemon.pid],
    async stop() {
      daemon.kill("SIGTERM");
      await daemon.exited;
      removeNetwork(record);
      await eventually("its mounts are gone", () => mountsBelow(top).length === 0);
      rmSync(top, { recursive: true });
    },
  };
}
