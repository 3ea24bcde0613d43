import { mkdirSync, readdirSync, statSync } from "node:fs";
import { chmod, chown, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { internal, invalid, newId, rfc3339Nano } from "../core/index.ts";
import { runCommand } from "../process/index.ts";
import type { State } from "../state/index.ts";
import type { Volume, Volumes } from "./types.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const ANONYMOUS_LABEL = "com.docker.volume.anonymous";

/** Volumes below `root`, one folder each with the data in `_data`; rows in the state. */
export function openVolumes(options: { state: State; root: string }): Volumes {
  const { state, root } = options;
  mkdirSync(root, { recursive: true, mode: 0o701 });
  const known = new Map<string, Volume>(
    state.volumes.all().map(({ name, record }) => [name, JSON.parse(record) as Volume]),
  );

  function create(name?: string, labels: Readonly<Record<string, string>> = {}): Volume {
    const existing = name === undefined ? undefined : known.get(name);
    if (existing) return existing;
    if (name !== undefined && !NAME.test(name)) {
      throw invalid(
        `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
      );
    }
    const id = name ?? newId();
    const mountpoint = join(root, id, "_data");
    mkdirSync(mountpoint, { recursive: true, mode: 0o755 });
    const volume: Volume = {
      name: id,
      mountpoint,
      createdAt: rfc3339Nano(),
      labels: name === undefined ? { ...labels, [ANONYMOUS_LABEL]: "" } : labels,
      anonymous: name === undefined,
    };
    state.volumes.put(id, JSON.stringify(volume));
    known.set(id, volume);
    return volume;
  }

  async function fill(volume: Volume, from: string): Promise<void> {
    if (readdirSync(volume.mountpoint).length > 0) return;
    const source = statSync(from, { throwIfNoEntry: false });
    if (!source?.isDirectory()) return;
    const { code, stderr } = await runCommand(["cp", "-a", "--", `${from}/.`, volume.mountpoint], {
      timeoutMs: 3_600_000,
    });
    if (code !== 0)
      throw internal(`copy the image's ${from} into volume ${volume.name}: ${stderr.trim().split("\n")[0]}`);
    await chmod(volume.mountpoint, source.mode & 0o7777);
    await chown(volume.mountpoint, source.uid, source.gid);
  }

  async function remove(name: string): Promise<void> {
    if (!known.delete(name)) return;
    state.volumes.delete(name);
    const doomed = join(root, `.removing-${name}`);
    await rename(join(root, name), doomed);
    await rm(doomed, { recursive: true, force: true });
  }

  // A daemon killed between the row's end and the data's leaves a renamed folder.
  for (const entry of readdirSync(root)) {
    if (entry.startsWith(".removing-")) void rm(join(root, entry), { recursive: true, force: true });
  }
  const list = () => [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { get: (name) => known.get(name), list, create, fill, remove };
}
