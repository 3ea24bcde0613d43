import type { EngineEvent } from "../core/index.ts";
import type { Images } from "../image/index.ts";
import type { Networks } from "../network/index.ts";
import type { Reaper } from "../process/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { Snapshots } from "../snapshot/index.ts";
import type { ImageRuntimeConfig } from "../spec/index.ts";
import type { State } from "../state/index.ts";
import type { Volumes } from "../volume/index.ts";
import type { Container } from "./container.ts";
import type { HostDefaults } from "./host-config.ts";
import type { ContainerStore } from "./store.ts";

/** The rooms that containers are made of, and where their files go. */
export interface ContainerParts {
  readonly state: State;
  readonly images: Images;
  readonly snapshots: Snapshots;
  readonly runtime: Runtime;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly reaper: Reaper;
  /** `<root>/containers`: logs and managed files, kept over a reboot. */
  readonly dataRoot: string;
  /** `<exec root>`: bundles and network namespaces, gone after a reboot. */
  readonly execRoot: string;
  readonly defaults: HostDefaults;
  /** Parent of the containers' control groups. */
  readonly cgroupParent: string;
  readonly openFiles: { hard: number };
  /** Applies Dockerfile lines to an image's configuration. @throws invalid */
  readonly applyChanges: (config: ImageRuntimeConfig, lines: readonly string[]) => ImageRuntimeConfig;
  readonly publish: (event: Omit<EngineEvent, "timeNano">) => void;
  readonly log: (message: string) => void;
}

/** The parts and the containers themselves: what the operations of this room work on. */
export interface ContainerContext extends ContainerParts {
  readonly store: ContainerStore;
  /** A container's row is gone: let go of what else is kept of it. */
  readonly onRemoved: (container: Container) => void;
}

export const bundleOf = (parts: ContainerParts, id: string): string => `${parts.execRoot}/containers/${id}`;
export const netnsOf = (parts: ContainerParts, id: string): string => `${parts.execRoot}/netns/${id}`;
export const dataOf = (parts: ContainerParts, id: string): string => `${parts.dataRoot}/containers/${id}`;
export const logOf = (parts: ContainerParts, id: string): string => `${dataOf(parts, id)}/container.log`;

/** Publishes a container event with the attributes that every one carries: image, name and labels. */
export function publishContainer(
  parts: ContainerParts,
  container: Container,
  action: string,
  attributes: Record<string, string> = {},
): void {
  const { config, name } = container.record;
  parts.publish({
    type: "container",
    action,
    id: container.id,
    attributes: { ...config.Labels, image: config.Image, name, ...attributes },
  });
}
