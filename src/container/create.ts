import { existsSync, mkdirSync, rmSync } from "node:fs";
import {
  formatPlatform,
  invalid,
  newId,
  notFound,
  parsePlatform,
  parseSignal,
  rfc3339Nano,
  ZERO_TIME,
} from "../core/index.ts";
import { fitsPlatform, type Image, type Images } from "../image/index.ts";
import { resolveInRoot } from "../kernel/index.ts";
import { UndoStack } from "../process/index.ts";
import { checkAnnotations } from "../runtime/index.ts";
import type { ContainerCreateBody, ContainerCreateReply, MountPoint } from "../spec/index.ts";
import type { Volume } from "../volume/index.ts";
import { Container } from "./container.ts";
import { completeHostConfig } from "./host-config.ts";
import { mergeConfig } from "./merge-config.ts";
import { type WantedMount, wantedMounts } from "./mount-requests.ts";
import { type ContainerContext, dataOf, publishContainer } from "./parts.ts";
import { portRequests } from "./port-requests.ts";
import { randomName } from "./random-name.ts";
import type { ContainerRecord } from "./record.ts";
import { parseSecurityOptions } from "./spec/security-options.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

export function checkName(name: string): string {
  const bare = name.startsWith("/") ? name.slice(1) : name;
  if (!NAME.test(bare)) {
    throw invalid(`Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
  }
  return bare;
}

/** The image a container is to be made of: of a name for several platforms, the one that was asked for. @throws notFound */
function imageFor(images: Images, name: string, platform: string | undefined): Image {
  const wanted = platform ? parsePlatform(platform) : undefined;
  const image = images.resolve(name, wanted);
  if (!wanted || fitsPlatform(image.config, wanted)) return image;
  throw notFound(
    `image with reference ${name} was found but does not provide the specified platform (${platform}): it is for ${formatPlatform(image.config)}`,
  );
}

/** Makes a container: checks everything that can be checked now, then its row, read-write layer and volumes. */
export async function createContainer(
  context: ContainerContext,
  body: ContainerCreateBody,
  options: { name?: string; platform?: string },
): Promise<ContainerCreateReply> {
  const { images, store, snapshots, volumes } = context;
  if (options.name) store.assertNameFree(checkName(options.name));
  const image = imageFor(images, body.Image ?? "", options.platform);
  const id = newId();
  const hostConfig = completeHostConfig(body.HostConfig ?? {}, context.defaults);
  const config = mergeConfig(body, image.config.config ?? {}, { hostname: id.slice(0, 12) });
  parseSecurityOptions(hostConfig.SecurityOpt ?? []);
  checkAnnotations(hostConfig.Annotations ?? {});
  if (config.StopSignal) parseSignal(config.StopSignal);
  portRequests(hostConfig, config);
  const wanted = wantedMounts(config, hostConfig);
  for (const mount of wanted) checkBindSource(mount);

  const name = options.name
    ? checkName(options.name)
    : randomName((candidate) => !store.isNameFree(candidate));
  await using undo = new UndoStack(context.log);
  const mounts: MountPoint[] = [];
  const made: { volume: Volume; mount: WantedMount }[] = [];
  for (const mount of wanted) {
    if (mount.type === "tmpfs") continue;
    if (mount.type === "bind") {
      mounts.push(bindPoint(mount));
      continue;
    }
    const known = mount.source !== undefined && volumes.get(mount.source) !== undefined;
    const volume = volumes.create(mount.source, mount.volumeLabels);
    if (!known) undo.defer(`volume ${volume.name}`, () => volumes.remove(volume.name));
    made.push({ volume, mount });
    mounts.push(volumePoint(mount, volume));
  }
  const record: ContainerRecord = {
    id,
    name,
    created: rfc3339Nano(),
    imageId: image.id,
    config,
    hostConfig,
    endpoints: Object.fromEntries(
      Object.entries(body.NetworkingConfig?.EndpointsConfig ?? {}).map(([network, settings]) => [
        network,
        settings ?? {},
      ]),
    ),
    mounts,
    anonymousVolumes: made.filter(({ mount }) => mount.source === undefined).map(({ volume }) => volume.name),
    platform: image.config.os,
    state: {
      status: "created",
      pid: 0,
      monitorPid: 0,
      exitCode: 0,
      error: "",
      oomKilled: false,
      startedAt: ZERO_TIME,
      finishedAt: ZERO_TIME,
    },
    restartCount: 0,
    stoppedByUser: false,
  };
  undo.defer("read-write layer", () => snapshots.remove(id));
  snapshots.create(id, image.layers, { mountPoints: true });
  undo.defer("data folder", () => rmSync(dataOf(context, id), { recursive: true, force: true }));
  mkdirSync(dataOf(context, id), { recursive: true, mode: 0o710 });
  const container = new Container(record);
  store.add(container);
  undo.defer("row", () => store.remove(container));
  const toFill = made.filter(({ mount }) => !mount.noCopy);
  if (toFill.length > 0) await fillVolumes(context, id, toFill);
  undo.commit();
  publishContainer(context, container, "create");
  return { Id: id, Warnings: [] };
}

/** A new volume starts with what the image has at its place. */
async function fillVolumes(
  context: ContainerContext,
  id: string,
  made: readonly { volume: Volume; mount: WantedMount }[],
): Promise<void> {
  const root = context.snapshots.mount(id);
  try {
    for (const { volume, mount } of made) {
      let source: string;
      try {
        source = resolveInRoot(root, mount.target);
      } catch {
        continue; // Nothing is there in the image.
      }
      await context.volumes.fill(volume, source);
    }
  } finally {
    context.snapshots.unmount(id);
  }
}

function checkBindSource(mount: WantedMount): void {
  if (mount.type !== "bind" || mount.createSource || existsSync(mount.source as string)) return;
  throw invalid(`invalid mount config for type "bind": bind source path does not exist: ${mount.source}`);
}

function bindPoint(mount: WantedMount): MountPoint {
  return {
    Type: "bind",
    Source: mount.source as string,
    Destination: mount.target,
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation ?? "rprivate",
  };
}

function volumePoint(mount: WantedMount, volume: Volume): MountPoint {
  return {
    Type: "volume",
    Name: volume.name,
    Source: volume.mountpoint,
    Destination: mount.target,
    Driver: "local",
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: "",
  };
}
