import { existsSync } from "node:fs";
import { conflict } from "../core/index.ts";
import type { LogRecord } from "../log/index.ts";
import { readLog } from "../log/index.ts";
import { attachTo } from "./attach.ts";
import { commitContainer } from "./commit.ts";
import { checkName, createContainer } from "./create.ts";
import { Execs } from "./exec.ts";
import { containerFilter } from "./filter.ts";
import { inspectContainer } from "./inspect.ts";
import { bundleOf, type ContainerContext, type ContainerParts, logOf, publishContainer } from "./parts.ts";
import { pruneContainers } from "./prune.ts";
import { liveIds, recoverContainers } from "./recover.ts";
import { handleReaping } from "./remove.ts";
import { startContainer } from "./start.ts";
import { killContainer, pause, removeByUser, stopContainer, unpause } from "./stop.ts";
import { ContainerStore } from "./store.ts";
import { summarise } from "./summary.ts";
import { listProcesses } from "./top.ts";
import type { Containers } from "./types.ts";
import { waitFor } from "./wait.ts";

export interface ContainerService extends Containers {
  /** Containers that use an image, for the image room's refusals. */
  usesOf(imageId: string): { containerId: string; running: boolean }[];
  /** Ids of containers that mount a volume, running or not. */
  usersOfVolume(name: string): string[];
  /** Ids of containers that may still have processes, before `recover`. */
  liveIds(): Set<string>;
  recover(): Promise<void>;
  /** How many are in which state. */
  counts(): { running: number; paused: number; stopped: number };
  /** Stops watching; containers run on. */
  close(): void;
}

/** The container room, over the other rooms. */
export function openContainers(parts: ContainerParts): ContainerService {
  const context: ContainerContext = {
    ...parts,
    store: new ContainerStore(parts.state),
    onRemoved: (container) => {
      execs.forget(container);
      // Its image may have been removed by force and kept for its sake alone.
      if (!context.images.find(container.record.imageId)) context.reaper.enqueue("image-collect", "");
    },
  };
  const { store, runtime, networks } = context;
  const execs = new Execs(context);
  handleReaping(context);

  return {
    create: (body, options) => createContainer(context, body, options),
    list: async (options = {}) => {
      const passes = containerFilter(context, options.filters ?? new Map());
      const byState = ["status", "exited", "before", "since"].some((key) => options.filters?.has(key));
      const all = options.all || options.limit || byState;
      const newestFirst = store.all().reverse();
      const chosen = newestFirst.filter(
        (container) =>
          (all || container.alive || container.record.state.status === "restarting") && passes(container),
      );
      const limited = options.limit && options.limit > 0 ? chosen.slice(0, options.limit) : chosen;
      return Promise.all(limited.map((container) => summarise(context, container, options)));
    },
    inspect: (name, options = {}) => inspectContainer(context, store.resolve(name), options),
    start: async (name) => startContainer(context, store.resolve(name)),
    stop: async (name, options = {}) => stopContainer(context, store.resolve(name), options),
    restart: async (name, options = {}) => {
      const container = store.resolve(name);
      await stopContainer(context, container, options);
      await startContainer(context, container);
      publishContainer(context, container, "restart");
    },
    kill: async (name, signal) => killContainer(context, store.resolve(name), signal),
    pause: async (name) => pause(context, store.resolve(name)),
    unpause: async (name) => unpause(context, store.resolve(name)),
    rename: async (name, to) => {
      const container = store.resolve(name);
      const old = container.record.name;
      const bare = checkName(to);
      if (bare === old) throw conflict("Renaming a container with the same name as its current name");
      store.rename(container, bare);
      networks.rename(container.id, bare);
      publishContainer(context, container, "rename", { oldName: `/${old}` });
    },
    remove: async (name, options = {}) => removeByUser(context, store.resolve(name), options),
    wait: (name, condition, signal) => ({ result: waitFor(store.resolve(name), condition, signal) }),
    attach: async (name, options) => attachTo(context, store.resolve(name), options),
    logs: async (name, options) => {
      const container = store.resolve(name);
      const { follow, signal, ...range } = options;
      const path = logOf(context, container.id);
      const records: AsyncIterable<LogRecord> =
        existsSync(path) || follow
          ? readLog(path, {
              ...range,
              ...(follow &&
                container.alive && { follow: { ended: container.exited, ...(signal && { signal }) } }),
            })
          : nothing();
      return { tty: container.record.config.Tty, records };
    },
    resize: async (name, height, width) => {
      const container = store.resolve(name);
      if (!container.alive) throw conflict(`container ${container.id} is not running`);
      await runtime.resize(container.id, bundleOf(context, container.id), height, width);
    },
    changes: async (name) => context.snapshots.changes(store.resolve(name).id),
    export: async (name) => {
      const container = store.resolve(name);
      publishContainer(context, container, "export");
      return context.snapshots.rootTar(container.id);
    },
    commit: async (name, options) => commitContainer(context, store.resolve(name), options),
    prune: (filters = new Map()) => pruneContainers(context, filters),
    top: async (name, psArgs) => {
      const container = store.resolve(name);
      if (!container.alive) throw conflict(`container ${container.id} is not running`);
      const pids = await runtime.pids(
        container.id,
        bundleOf(context, container.id),
        container.record.hostConfig.Runtime,
      );
      return listProcesses(pids, psArgs);
    },
    execCreate: async (name, body) => execs.create(store.resolve(name), body),
    execStart: (id, options) => execs.start(id, options),
    execInspect: (id) => execs.inspect(id),
    execResize: async (id, height, width) => execs.resize(id, height, width),
    usesOf: (imageId) =>
      store
        .all()
        .filter(({ record }) => record.imageId === imageId)
        .map((container) => ({ containerId: container.id, running: container.alive })),
    usersOfVolume: (name) =>
      store
        .all()
        .filter(({ record }) => record.mounts.some((mount) => mount.Name === name))
        .map(({ id }) => id),
    liveIds: () => liveIds(context),
    recover: () => recoverContainers(context),
    counts: () => {
      const all = store.all();
      const running = all.filter(({ record }) => record.state.status === "running").length;
      const paused = all.filter(({ record }) => record.state.status === "paused").length;
      return { running, paused, stopped: all.length - running - paused };
    },
    close: () => {
      for (const container of store.all()) {
        container.exitWatch?.cancel();
        clearTimeout(container.restartTimer);
      }
    },
  };
}

async function* nothing(): AsyncGenerator<LogRecord> {}
