import { resolve } from "node:path";
import { invalid } from "../../core/index.ts";
import type { MountRequest } from "../../spec/index.ts";
import { parseCsv } from "./csv.ts";
import { cut, parseSize, parseTruth } from "./text.ts";

type Draft = { -readonly [K in keyof MountRequest]: MountRequest[K] };

/** Fields that stand for themselves without `=`. */
const BARE = new Set(["readonly", "ro", "volume-nocopy", "bind-nonrecursive"]);

/**
 * One `--mount` value: comma-separated `key=value` fields, each of which may be quoted. A source that begins with
 * a dot is relative to the client's working directory. @throws invalid
 */
export function parseMount(text: string, workingDirectory: string): MountRequest {
  const mount: Draft = { Type: "volume", Target: "" };
  for (const field of parseCsv(text)) {
    const [key, written] = cut(field, "=");
    if (written === undefined && !BARE.has(key)) {
      throw invalid(`invalid field '${field}' must be a key=value pair`);
    }
    setField(mount, key, written ?? "true", field, workingDirectory);
  }
  return checked(mount);
}

function setField(mount: Draft, key: string, value: string, field: string, workingDirectory: string): void {
  const bad = () => invalid(`invalid value for ${key}: ${value}`);
  const truth = () => {
    const answer = parseTruth(value);
    if (answer === undefined) throw bad();
    return answer;
  };
  switch (key) {
    case "type":
      // The engine judges the word: it may know types that this client does not.
      mount.Type = value.toLowerCase() as MountRequest["Type"];
      return;
    case "source":
    case "src":
      mount.Source = value.startsWith(".") ? resolve(workingDirectory, value) : value;
      return;
    case "target":
    case "dst":
    case "destination":
      mount.Target = value;
      return;
    case "readonly":
    case "ro":
      mount.ReadOnly = truth();
      return;
    case "consistency":
      mount.Consistency = value.toLowerCase();
      return;
    case "bind-propagation":
      bindOptions(mount).Propagation = value.toLowerCase();
      return;
    case "bind-nonrecursive":
      bindOptions(mount).NonRecursive = truth();
      return;
    case "bind-recursive":
      setRecursion(mount, value);
      return;
    case "volume-subpath":
      volumeOptions(mount).Subpath = value;
      return;
    case "volume-nocopy":
      volumeOptions(mount).NoCopy = truth();
      return;
    case "volume-label":
      volumeOptions(mount).Labels = withPair(volumeOptions(mount).Labels, value);
      return;
    case "volume-driver":
      driver(mount).Name = value;
      return;
    case "volume-opt":
      driver(mount).Options = withPair(driver(mount).Options, value);
      return;
    case "image-subpath":
      mount.ImageOptions = { Subpath: value };
      return;
    case "tmpfs-size":
      mount.TmpfsOptions = { ...mount.TmpfsOptions, SizeBytes: size(value, bad) };
      return;
    case "tmpfs-mode":
      if (!/^[0-7]+$/.test(value)) throw bad();
      mount.TmpfsOptions = { ...mount.TmpfsOptions, Mode: Number.parseInt(value, 8) };
      return;
    default:
      throw invalid(`unexpected key '${key}' in '${field}'`);
  }
}

function size(value: string, bad: () => Error): number {
  try {
    return parseSize(value);
  } catch {
    throw bad();
  }
}

function bindOptions(mount: Draft) {
  mount.BindOptions ??= {};
  return mount.BindOptions;
}

function volumeOptions(mount: Draft) {
  mount.VolumeOptions ??= { DriverConfig: {} };
  return mount.VolumeOptions;
}

function driver(mount: Draft) {
  const options = volumeOptions(mount);
  options.DriverConfig ??= {};
  return options.DriverConfig;
}

/** The map with `key=value` in it; a pair without a key is dropped. */
function withPair(map: Record<string, string> | undefined, text: string): Record<string, string> | undefined {
  const [key, value = ""] = cut(text, "=");
  return key === "" ? map : { ...map, [key]: value };
}

/** How far a read-only bind reaches into the mounts below it. */
function setRecursion(mount: Draft, value: string): void {
  if (value === "enabled") return;
  const options = bindOptions(mount);
  if (value === "disabled") options.NonRecursive = true;
  else if (value === "writable") options.ReadOnlyNonRecursive = true;
  else if (value === "readonly") options.ReadOnlyForceRecursive = true;
  else {
    throw invalid(
      `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
    );
  }
}

function checked(mount: Draft): MountRequest {
  const { Type: type, BindOptions: bind } = mount;
  if ((type as string) === "") throw invalid("type is required");
  if (mount.Target === "") throw invalid("target is required");
  const mixed = (family: string) => invalid(`cannot mix '${family}-*' options with mount type '${type}'`);
  if (mount.VolumeOptions && type !== "volume") throw mixed("volume");
  if (mount.ImageOptions && type !== "image") throw mixed("image");
  if (bind && type !== "bind") throw mixed("bind");
  if (mount.TmpfsOptions && type !== "tmpfs") throw mixed("tmpfs");
  if (bind?.ReadOnlyNonRecursive && !mount.ReadOnly) {
    throw invalid("option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction");
  }
  if (bind?.ReadOnlyForceRecursive) {
    if (!mount.ReadOnly) {
      throw invalid("option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction");
    }
    if (bind.Propagation !== "rprivate") {
      throw invalid(
        "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction",
      );
    }
  }
  return mount;
}
