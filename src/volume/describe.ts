import type { Volume } from "./types.ts";

/** A volume as the Docker Engine API shows it. */
export function describeVolume(volume: Volume) {
  const labels = Object.keys(volume.labels).length > 0 ? volume.labels : null;
  return {
    CreatedAt: volume.createdAt,
    Driver: "local",
    Labels: labels,
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: null,
    Scope: "local",
  };
}
