import { normalize } from "node:path/posix";
import { invalid } from "../core/index.ts";
import type { ContainerConfig, HostConfig } from "../spec/index.ts";

/** One mount as asked for, whichever of Docker's three ways it came: Binds, Mounts, or the image's and request's Volumes. */
export interface WantedMount {
  readonly type: "bind" | "volume" | "tmpfs";
  /** Host path, volume name, or undefined for an anonymous volume. */
  readonly source?: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** The third part of `-v`, as written; shown in inspect. */
  readonly mode: string;
  readonly propagation?: string;
  /** `-v` makes a missing host folder, `--mount` refuses. */
  readonly createSource?: boolean;
  readonly noCopy?: boolean;
  readonly nonRecursive?: boolean;
  readonly volumeLabels?: Readonly<Record<string, string>>;
  readonly tmpfsOptions?: string;
}

const PROPAGATIONS = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
const MODES = new Set(["ro", "rw", "z", "Z", "nocopy", "cached", "delegated", "consistent", ...PROPAGATIONS]);

function cleanTarget(target: string, written: string): string {
  if (!target.startsWith("/")) {
    throw invalid(
      `invalid volume specification: '${written}': invalid mount config: mount path must be absolute`,
    );
  }
  const clean = normalize(target).replace(/(?<=.)\/$/, "");
  if (clean === "/") {
    throw invalid(`invalid volume specification: '${written}': destination can't be '/'`);
  }
  return clean;
}

/** Reads `source:target[:options]` or `target` (Binds). @throws invalid */
export function parseBind(text: string): WantedMount {
  const parts = text.split(":");
  const bad = () => invalid(`invalid volume specification: '${text}'`);
  if (parts.length > 3 || parts.some((part) => part === "")) throw bad();
  if (parts.length === 1) {
    return { type: "volume", target: cleanTarget(text, text), readOnly: false, mode: "" };
  }
  const [source = "", target = "", mode = ""] = parts;
  const options = mode === "" ? [] : mode.split(",");
  for (const option of options) if (!MODES.has(option)) throw invalid(`invalid mode: ${mode}`);
  const bind = source.startsWith("/");
  const propagation = options.find((option) => PROPAGATIONS.includes(option));
  return {
    type: bind ? "bind" : "volume",
    source: bind ? normalize(source) : source,
    target: cleanTarget(target, text),
    readOnly: options.includes("ro"),
    mode: mode || (bind ? "" : "z"),
    ...(bind && { propagation: propagation ?? "rprivate", createSource: true }),
    ...(options.includes("nocopy") && { noCopy: true }),
  };
}

function parseMount(mount: NonNullable<HostConfig["Mounts"]>[number]): WantedMount {
  const problem = (why: string) => invalid(`invalid mount config for type "${mount.Type}": ${why}`);
  if (!mount.Target) throw problem("field Target must not be empty");
  const target = cleanTarget(mount.Target, mount.Target);
  const readOnly = mount.ReadOnly ?? false;
  if (mount.Type === "bind") {
    if (!mount.Source) throw problem("field Source must not be empty");
    if (!mount.Source.startsWith("/"))
      throw problem(`invalid mount path: '${mount.Source}' mount path must be absolute`);
    return {
      type: "bind",
      source: normalize(mount.Source),
      target,
      readOnly,
      mode: "",
      propagation: mount.BindOptions?.Propagation || "rprivate",
      ...(mount.BindOptions?.NonRecursive && { nonRecursive: true }),
      ...(mount.BindOptions?.CreateMountpoint && { createSource: true }),
    };
  }
  if (mount.Type === "volume") {
    return {
      type: "volume",
      ...(mount.Source && { source: mount.Source }),
      target,
      readOnly,
      mode: "z",
      ...(mount.VolumeOptions?.NoCopy && { noCopy: true }),
      ...(mount.VolumeOptions?.Labels && { volumeLabels: mount.VolumeOptions.Labels }),
    };
  }
  if (mount.Type === "tmpfs") {
    if (mount.Source) throw problem("field Source must not be specified");
    const options = [
      ...(readOnly ? ["ro"] : []),
      ...(mount.TmpfsOptions?.SizeBytes ? [`size=${mount.TmpfsOptions.SizeBytes}`] : []),
      ...(mount.TmpfsOptions?.Mode ? [`mode=${mount.TmpfsOptions.Mode.toString(8)}`] : []),
    ];
    return { type: "tmpfs", target, readOnly, mode: "", tmpfsOptions: options.join(",") };
  }
  throw invalid(`mount type ${JSON.stringify(mount.Type)} is not supported: use bind, volume or tmpfs`);
}

/** Every mount a container asks for, one for each target. @throws invalid `Duplicate mount point: /x` */
export function wantedMounts(config: ContainerConfig, host: HostConfig): WantedMount[] {
  const byTarget = new Map<string, WantedMount>();
  const add = (mount: WantedMount) => {
    if (byTarget.has(mount.target)) throw invalid(`Duplicate mount point: ${mount.target}`);
    byTarget.set(mount.target, mount);
  };
  for (const bind of host.Binds ?? []) add(parseBind(bind));
  for (const mount of host.Mounts ?? []) add(parseMount(mount));
  for (const [target, options] of Object.entries(host.Tmpfs ?? {})) {
    add({
      type: "tmpfs",
      target: cleanTarget(target, target),
      readOnly: false,
      mode: "",
      tmpfsOptions: options,
    });
  }
  for (const target of Object.keys(config.Volumes ?? {})) {
    const mount = parseBind(target);
    // What the request mounts there itself wins over the image's VOLUME.
    if (!byTarget.has(mount.target)) add(mount);
  }
  return [...byTarget.values()];
}
