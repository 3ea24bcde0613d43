import { pathName } from "./api-path.ts";
import type { InspectKind } from "./inspect.ts";
import { platformQuery } from "./platform-query.ts";

const shapes = () => import("./format/inspect-shapes.ts");

export function containerKind(size: boolean): InspectKind {
  return {
    path: (name) => `/containers/${pathName(name)}/json`,
    query: { size: size || undefined },
    shape: async () => (await shapes()).containerShape,
  };
}

export function imageKind(platform?: string): InspectKind {
  return {
    path: (name) => `/images/${pathName(name)}/json`,
    query: { platform: platformQuery(platform) },
    shape: async () => (await shapes()).imageShape,
  };
}

export function networkKind(verbose = false): InspectKind {
  return {
    path: (name) => `/networks/${pathName(name)}`,
    query: { verbose: verbose || undefined },
    shape: async () => (await shapes()).networkShape,
  };
}

export function volumeKind(): InspectKind {
  return {
    path: (name) => `/volumes/${pathName(name)}`,
    shape: async () => (await shapes()).volumeShape,
  };
}
