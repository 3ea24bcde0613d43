import { humanBytes } from "../../core/index.ts";
import type { SystemInfo } from "../../spec/index.ts";

/** What `berth info` says of the engine, each line indented by one space. */
export function infoText(info: SystemInfo): string {
  return [
    ...counts(info),
    ...parts(info),
    ...runtimes(info),
    ...security(info.SecurityOptions ?? []),
    ...host(info),
    ...registries(info),
    line("Live Restore Enabled", info.LiveRestoreEnabled),
  ].join("");
}

const line = (name: string, value: unknown, indent = 1) => `${" ".repeat(indent)}${name}: ${value}\n`;

/** A heading and its items, or nothing. */
function listed(name: string, items: readonly string[] | null | undefined): string[] {
  return items?.length ? [` ${name}:\n`, ...items.map((item) => `  ${item}\n`)] : [];
}

function counts(info: SystemInfo): string[] {
  return [
    line("Containers", info.Containers),
    line("Running", info.ContainersRunning, 2),
    line("Paused", info.ContainersPaused, 2),
    line("Stopped", info.ContainersStopped, 2),
    line("Images", info.Images),
    line("Server Version", info.ServerVersion),
  ];
}

function parts(info: SystemInfo): string[] {
  const { Plugins } = info;
  return [
    line("Storage Driver", info.Driver),
    ...(info.DriverStatus ?? []).map(([name, value]) => line(name, value, 2)),
    line("Logging Driver", info.LoggingDriver),
    line("Cgroup Driver", info.CgroupDriver),
    line("Cgroup Version", info.CgroupVersion),
    " Plugins:\n",
    line("Volume", (Plugins?.Volume ?? []).join(" "), 2),
    line("Network", (Plugins?.Network ?? []).join(" "), 2),
    ...(Plugins?.Authorization?.length ? [line("Authorization", Plugins.Authorization.join(" "), 2)] : []),
    line("Log", (Plugins?.Log ?? []).join(" "), 2),
    ...listed("CDI spec directories", info.CDISpecDirs),
    line("Swarm", info.Swarm?.LocalNodeState ?? "inactive"),
  ];
}

function runtimes(info: SystemInfo): string[] {
  return [
    line(
      "Runtimes",
      Object.keys(info.Runtimes ?? {})
        .sort()
        .join(" "),
    ),
    line("Default Runtime", info.DefaultRuntime),
    line("Init Binary", info.InitBinary),
    line("containerd version", info.ContainerdCommit?.ID ?? ""),
    line("runc version", info.RuncCommit?.ID ?? ""),
    line("init version", info.InitCommit?.ID ?? ""),
  ];
}

/** `name=seccomp,profile=builtin` becomes a name with its properties below. */
function security(options: readonly string[]): string[] {
  if (options.length === 0) return [];
  const lines = [" Security Options:\n"];
  for (const option of options) {
    for (const part of option.split(",")) {
      const [key = "", value] = part.split("=");
      if (key === "name" || value === undefined) lines.push(`  ${value ?? key}\n`);
      else lines.push(line(key.slice(0, 1).toUpperCase() + key.slice(1), value, 3));
    }
  }
  return lines;
}

function host(info: SystemInfo): string[] {
  return [
    line("Kernel Version", info.KernelVersion),
    line("Operating System", info.OperatingSystem),
    line("OSType", info.OSType),
    line("Architecture", info.Architecture),
    line("CPUs", info.NCPU),
    line("Total Memory", humanBytes(info.MemTotal)),
    line("Name", info.Name),
    line("ID", info.ID),
    line("Docker Root Dir", info.DockerRootDir),
    line("Debug Mode", info.Debug),
    ...(info.Debug
      ? [
          line("File Descriptors", info.NFd, 2),
          line("Goroutines", info.NGoroutines, 2),
          line("System Time", info.SystemTime, 2),
          line("EventsListeners", info.NEventsListener, 2),
        ]
      : []),
    ...(info.HttpProxy ? [line("HTTP Proxy", info.HttpProxy)] : []),
    ...(info.HttpsProxy ? [line("HTTPS Proxy", info.HttpsProxy)] : []),
    ...(info.NoProxy ? [line("No Proxy", info.NoProxy)] : []),
    ...listed("Labels", info.Labels),
    line("Experimental", info.ExperimentalBuild),
  ];
}

function registries({ RegistryConfig }: SystemInfo): string[] {
  const insecure = Object.entries(RegistryConfig?.IndexConfigs ?? {})
    .filter(([, config]) => (config as { Secure?: boolean } | null)?.Secure === false)
    .map(([name]) => name);
  return [
    ...listed("Insecure Registries", [...insecure, ...(RegistryConfig?.InsecureRegistryCIDRs ?? [])]),
    ...listed("Registry Mirrors", RegistryConfig?.Mirrors),
  ];
}
