import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyChanges, createBuilder, recoverBuilds } from "../build/index.ts";
import { openContainers } from "../container/index.ts";
import { openContent } from "../content/index.ts";
import { conflict, newId, notFound } from "../core/index.ts";
import { openImages } from "../image/index.ts";
import { cgroupMode, favorCgroupChanges, raiseOpenFileLimit } from "../kernel/index.ts";
import { openNetworks } from "../network/index.ts";
import { Reaper, UndoStack } from "../process/index.ts";
import { authFor, openRegistries, openRegistryClient } from "../registry/index.ts";
import { openRuntime } from "../runtime/index.ts";
import { openLayers, openSnapshots } from "../snapshot/index.ts";
import { openState } from "../state/index.ts";
import { openVolumes } from "../volume/index.ts";
import { checkEverything } from "./check.ts";
import { measureDiskUsage } from "./disk-usage.ts";
import { createEventLog } from "./event-log.ts";
import { systemInfo, versionReply } from "./info.ts";
import type { Logger } from "./logger.ts";
import { takeRoots } from "./roots.ts";
import type { Engine, EngineConfig } from "./types.ts";

/**
 * Builds every room once and joins them, then takes up what an earlier engine left on these roots.
 * @throws conflict when another engine has one of the roots; unavailable when a part is missing
 */
export async function openEngine(config: EngineConfig, logger: Logger): Promise<Engine> {
  const log = (message: string) => logger("warn", message);
  await using undo = new UndoStack(log);
  const release = takeRoots(config);
  undo.defer("locks", release);
  const { dataRoot, execRoot } = config;
  const events = createEventLog();
  const publish = events.publish;

  const state = openState(join(dataRoot, "berth.db"));
  undo.defer("database", () => state.close());
  const content = openContent(join(dataRoot, "content"));
  const layers = await openLayers(join(dataRoot, "layers"), { format: config.layerFormat });
  const snapshots = openSnapshots(join(dataRoot, "snapshots"), layers);
  const images = await openImages({
    state,
    content,
    layers,
    uses: (id) => containers.usesOf(id),
    applyChanges,
    publish,
    log,
    lean: config.lean,
  });
  const registries = openRegistries(
    images,
    openRegistryClient({
      insecure: config.insecureRegistries,
      mirrors: config.registryMirrors,
      certificates: config.registryCertificates,
      environment: process.env,
      userAgent: `berth/${versionReply().Version}`,
      log,
    }),
  );
  const runtime = openRuntime({ execRoot, runtime: config.runtime, log });
  undo.defer("runtime", () => runtime.close());
  // In version 2 alone crun starts processes inside their control group. Else they are moved, and wait for the kernel.
  const moves = runtime.describe().default !== "crun" || cgroupMode() !== "unified";
  const favored = config.favorDynmods && moves && favorCgroupChanges(true);
  const networks = openNetworks({ state, bridge: config.bridge, execRoot, publish, log });
  undo.defer("networks", () => networks.close());
  const volumes = openVolumes({ state, root: join(dataRoot, "volumes") });
  const reaper = new Reaper(state.reaperJournal, log);
  const openFiles = { hard: raiseOpenFileLimit() };
  const cgroupParent = "/berth";
  const tempRoot = join(dataRoot, "build");
  const containers = openContainers({
    state,
    images,
    snapshots,
    runtime,
    networks,
    volumes,
    reaper,
    dataRoot,
    execRoot,
    defaults: {
      runtime: runtime.describe().default,
      cgroupnsMode: cgroupMode() === "unified" ? "private" : "host",
    },
    cgroupParent,
    openFiles,
    applyChanges,
    publish,
    log,
  });
  const builder = createBuilder({
    state,
    content,
    images,
    layers,
    snapshots,
    runtime,
    networks,
    cgroupParent,
    openFiles,
    execRoot,
    tempRoot,
    pull: (name, { auths, ...options }, progress) => {
      const auth = authFor(auths, name);
      return registries.pull(name, { ...options, ...(auth && { auth }) }, progress);
    },
    publish,
    log,
  });
  await networks.recover(containers.liveIds());
  await containers.recover();
  await images.collect();
  await recoverBuilds({ runtime, networks, snapshots, execRoot, tempRoot });
  mkdirSync(tempRoot, { recursive: true, mode: 0o700 });
  reaper.replay();
  undo.commit();

  const id = engineId(dataRoot);
  return {
    config,
    events,
    containers,
    images,
    registries,
    networks,
    builder,
    volumes: {
      get: volumes.get,
      list: volumes.list,
      create: volumes.create,
      remove: async (name) => {
        if (!volumes.get(name)) throw notFound(`get ${name}: no such volume`);
        const users = containers.usersOfVolume(name);
        if (users.length > 0) throw conflict(`remove ${name}: volume is in use - [${users.join(", ")}]`);
        await volumes.remove(name);
      },
    },
    version: versionReply,
    diskUsage: () => measureDiskUsage({ state, images, containers, volumes, layers }),
    check: (options) => checkEverything({ state, images, layers, snapshots }, options),
    info: async () =>
      systemInfo({
        id,
        config,
        counts: containers.counts(),
        images: images.list({ all: true }).length,
        runtimes: runtime.describe(),
      }),
    close: async () => {
      containers.close();
      // What was just stopped should be gone when the daemon is; more than that waits for the next start.
      await Promise.race([reaper.idle(), Bun.sleep(LONGEST_REAPING_MS)]);
      await reaper.close();
      if (favored) favorCgroupChanges(false);
      // Containers that run on keep the layers they stand on; the next engine finds these mounted, for more containers.
      layers.unmountExcept(snapshots.layersMounted());
      networks.close();
      runtime.close();
      state.close();
      release();
    },
  };
}

const LONGEST_REAPING_MS = 2_000;

/** The engine's identity, made once per data root. */
function engineId(dataRoot: string): string {
  const path = join(dataRoot, "engine-id");
  if (!existsSync(path)) writeFileSync(path, newId(), { mode: 0o600 });
  return readFileSync(path, "utf8");
}
