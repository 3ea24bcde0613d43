import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { invalid } from "../../core/index.ts";
import type { DeviceMapping, OciDevice, OciDeviceRule } from "../../spec/index.ts";

const device = (allow: boolean, major: number, minor: number): OciDeviceRule => ({
  allow,
  type: "c",
  major,
  minor,
  access: "rwm",
});

/** Devices of an ordinary container: null, zero, full, random, urandom, tty and console; nothing else. */
export const DEFAULT_DEVICE_RULES: readonly OciDeviceRule[] = [
  { allow: false, access: "rwm" },
  device(true, 1, 3),
  device(true, 1, 5),
  device(true, 1, 7),
  device(true, 1, 8),
  device(true, 1, 9),
  device(true, 5, 0),
  device(true, 5, 1),
  device(false, 10, 229),
];

export const EVERY_DEVICE: OciDeviceRule = { allow: true, access: "rwm" };

/** A device node of the host as the container's spec names it. @throws invalid when it is not a device */
function deviceOf(hostPath: string, containerPath: string): OciDevice {
  const stat = statSync(hostPath, { throwIfNoEntry: false });
  const kind = stat?.isCharacterDevice() ? "c" : stat?.isBlockDevice() ? "b" : undefined;
  if (!stat || !kind) {
    throw invalid(
      `error gathering device information while adding custom device "${hostPath}": ${stat ? "not a device node" : "no such file or directory"}`,
    );
  }
  return {
    path: containerPath,
    type: kind,
    major: major(stat.rdev),
    minor: minor(stat.rdev),
    fileMode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
  };
}

/** `--device host:container:rwm`: the node (every node of a directory) and the rule that opens it. @throws invalid */
export function requestedDevices(mappings: readonly DeviceMapping[]): {
  devices: OciDevice[];
  rules: OciDeviceRule[];
} {
  const devices: OciDevice[] = [];
  const rules: OciDeviceRule[] = [];
  for (const mapping of mappings) {
    const inside = mapping.PathInContainer || mapping.PathOnHost;
    const access = mapping.CgroupPermissions || "rwm";
    if (!/^[rwm]{1,3}$/.test(access)) throw invalid(`invalid device mode: ${access}`);
    const host = existsSync(mapping.PathOnHost) ? realpathSync(mapping.PathOnHost) : mapping.PathOnHost;
    const pairs = statSync(host, { throwIfNoEntry: false })?.isDirectory()
      ? deviceNodes(host).map((node) => [node, join(inside, node.slice(host.length))] as const)
      : [[host, inside] as const];
    for (const [from, to] of pairs) {
      const node = deviceOf(from, to);
      devices.push(node);
      rules.push({
        allow: true,
        type: node.type as "c" | "b",
        major: node.major ?? 0,
        minor: node.minor ?? 0,
        access,
      });
    }
  }
  return { devices, rules };
}

/** `--device-cgroup-rule "c 1:3 mr"`. @throws invalid */
export function parseDeviceRule(text: string): OciDeviceRule {
  const m = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (!m) throw invalid(`invalid device cgroup rule format: '${text}'`);
  const number = (part: string | undefined) => (part === "*" ? {} : { n: Number(part) });
  const { n: first } = number(m[2]) as { n?: number };
  const { n: second } = number(m[3]) as { n?: number };
  return {
    allow: true,
    type: m[1] as "a" | "c" | "b",
    ...(first !== undefined && { major: first }),
    ...(second !== undefined && { minor: second }),
    access: m[4] as string,
  };
}

/** Every device of the host, for privileged containers; what a container mounts for itself is left out. */
export function hostDevices(): OciDevice[] {
  return deviceNodes("/dev").map((path) => deviceOf(path, path));
}

const OWN_MOUNTS = new Set([
  "/dev/pts",
  "/dev/shm",
  "/dev/mqueue",
  "/dev/fd",
  "/dev/console",
  "/dev/.lxc",
  "/dev/.udev",
]);

function deviceNodes(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (OWN_MOUNTS.has(path)) return [];
    if (entry.isDirectory()) return deviceNodes(path);
    return entry.isCharacterDevice() || entry.isBlockDevice() ? [path] : [];
  });
}

/** linux/kdev_t.h: twelve bits of major and twenty of minor, the latter in two pieces. */
function major(rdev: number): number {
  return Math.floor(rdev / 256) & 0xfff;
}

function minor(rdev: number): number {
  return (rdev & 0xff) | ((Math.floor(rdev / 4096) & 0xfff00) >>> 0);
}
