import { posix } from "node:path";
import { invalid } from "../../core/index.ts";
import type { DeviceMapping } from "../../spec/index.ts";
import { parseCsv } from "./csv.ts";
import { cut, pairs, parseInteger, parseSize } from "./text.ts";

/** A request for devices that a driver of the engine hands out (GPUs, CDI). */
export interface DeviceRequest {
  Driver: string;
  Count: number;
  DeviceIDs: string[] | null;
  Capabilities: string[][] | null;
  Options: Record<string, string> | null;
}

/** A name of the Container Device Interface: `vendor.com/class=name`. */
const CDI_NAME =
  /^[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]?\/[A-Za-z][A-Za-z0-9_-]*=[A-Za-z0-9](?:[A-Za-z0-9_.:-]*[A-Za-z0-9])?$/;

export function isCdiName(text: string): boolean {
  return CDI_NAME.test(text);
}

/** One `--device` path: `host[:container][:permissions]`. @throws invalid */
export function parseDevice(text: string): DeviceMapping {
  const parts = text.split(":");
  const [host = "", second, third] = parts;
  if (parts.length > 3 || host === "") throw invalid(`bad format for path: ${text}`);
  if (third !== undefined && !isPermissions(third)) throw invalid(`bad mode specified: ${third}`);
  const secondIsMode = third === undefined && second !== undefined && isPermissions(second);
  const container = second === undefined || secondIsMode ? host : second;
  if (!container.startsWith("/")) throw invalid(`${container} is not an absolute path`);
  const clean = third === undefined ? posix.normalize(container).replace(/(?<=.)\/$/, "") : container;
  return {
    PathOnHost: second === undefined || secondIsMode ? clean : host,
    PathInContainer: clean,
    CgroupPermissions: third ?? (secondIsMode ? second : "rwm"),
  };
}

/** Read, write and mknod, each at most once. */
function isPermissions(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}

/** One `--device-cgroup-rule`, `type major:minor permissions`. @throws invalid */
export function parseDeviceRule(text: string): string {
  if (!/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text)) {
    throw invalid(`invalid device cgroup format '${text}'`);
  }
  return text;
}

/** One `--blkio-weight-device`, `path:weight`. @throws invalid */
export function parseWeightDevice(text: string): { Path: string; Weight: number } {
  const [path, weight] = devicePair(text);
  const value = Number(weight);
  if (!/^\d+$/.test(weight) || (value !== 0 && (value < 10 || value > 1000))) {
    throw invalid(`invalid weight for device: ${text}`);
  }
  return { Path: path, Weight: value };
}

/** One limit in bytes a second, `path:rate[unit]`. @throws invalid */
export function parseByteRate(text: string): { Path: string; Rate: number } {
  const [path, rate] = devicePair(text);
  try {
    return { Path: path, Rate: parseSize(rate) };
  } catch {
    throw invalid(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
    );
  }
}

/** One limit in operations a second, `path:rate`. @throws invalid */
export function parseOperationRate(text: string): { Path: string; Rate: number } {
  const [path, rate] = devicePair(text);
  if (!/^\d+$/.test(rate)) {
    throw invalid(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
    );
  }
  return { Path: path, Rate: Number(rate) };
}

function devicePair(text: string): [string, string] {
  const [path, value] = cut(text, ":");
  if (value === undefined || path === "") throw invalid(`bad format: ${text}`);
  if (!path.startsWith("/dev/")) throw invalid(`bad format for device path: ${text}`);
  return [path, value];
}

/** One `--gpus` value: `all`, a count, or comma-separated `driver`, `count`, `device`, `capabilities`, `options`. */
export function parseGpus(text: string): DeviceRequest {
  const request: DeviceRequest = {
    Driver: "",
    Count: 0,
    DeviceIDs: null,
    Capabilities: [["gpu"]],
    Options: {},
  };
  const seen = new Set<string>();
  for (const field of parseCsv(text)) {
    const [key, value] = cut(field, "=");
    if (seen.has(key)) throw invalid(`gpu request key '${key}' can be specified only once`);
    seen.add(key);
    if (value === undefined) {
      seen.add("count");
      request.Count = count(key);
    } else if (key === "driver") request.Driver = value;
    else if (key === "count") request.Count = count(value);
    else if (key === "device") request.DeviceIDs = value.split(",");
    else if (key === "capabilities") request.Capabilities = [[...value.split(","), "gpu"]];
    else if (key === "options") request.Options = pairs(parseCsv(value));
    else throw invalid(`unexpected key '${key}' in '${field}'`);
  }
  if (!seen.has("count") && request.DeviceIDs === null) request.Count = 1;
  return request;
}

function count(text: string): number {
  if (text === "all") return -1;
  try {
    return parseInteger(text);
  } catch {
    throw invalid(`invalid count (${text}): value must be either "all" or an integer: invalid syntax`);
  }
}
