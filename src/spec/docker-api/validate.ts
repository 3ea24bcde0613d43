/**
 * Readers of request bodies: each takes decoded JSON and gives the typed body, or throws `invalid` naming the field.
 * Loaded by `validators()` when the first body comes, not at start-up.
 */
import * as v from "valibot";
import { invalid } from "../../core/index.ts";
import type {
  ContainerConfig,
  ContainerCreateBody,
  ExecCreateBody,
  ExecStartBody,
  Ulimit,
} from "./container.ts";
import type { EndpointSettings } from "./network.ts";
import { hostConfig, ulimits } from "./validate-host-config.ts";
import {
  command,
  consoleSize,
  flag,
  integer,
  read,
  text,
  textMap,
  textSet,
  texts,
} from "./validate-schema.ts";

const healthcheck = v.object({
  Test: texts,
  Interval: integer,
  Timeout: integer,
  StartPeriod: integer,
  StartInterval: integer,
  Retries: integer,
});

const configEntries = {
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: textSet,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: command,
  Healthcheck: v.optional(healthcheck),
  ArgsEscaped: flag,
  Image: text,
  Volumes: textSet,
  WorkingDir: text,
  Entrypoint: command,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: texts,
  Labels: textMap,
  StopSignal: text,
  StopTimeout: integer,
  Shell: command,
} satisfies Record<keyof ContainerConfig, v.GenericSchema>;

const endpointEntries = {
  IPAMConfig: v.optional(v.object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts })),
  Links: texts,
  Aliases: texts,
  MacAddress: text,
  DriverOpts: textMap,
  GwPriority: integer,
  NetworkID: text,
  EndpointID: text,
  Gateway: text,
  IPAddress: text,
  IPPrefixLen: integer,
  IPv6Gateway: text,
  GlobalIPv6Address: text,
  GlobalIPv6PrefixLen: integer,
  DNSNames: texts,
} satisfies Record<keyof EndpointSettings, v.GenericSchema>;

const createBody = v.object({
  ...configEntries,
  HostConfig: v.optional(hostConfig),
  NetworkingConfig: v.optional(
    v.object({ EndpointsConfig: v.optional(v.record(v.string(), v.nullable(v.object(endpointEntries)))) }),
  ),
}) satisfies v.GenericSchema<unknown, ContainerCreateBody>;

/** Body of `POST /containers/create`. */
export function containerCreateBody(value: unknown): ContainerCreateBody {
  const body = read(createBody, value ?? {});
  const own = Object.keys(body).filter((key) => key !== "HostConfig" && key !== "NetworkingConfig");
  if (own.length === 0) throw invalid("config cannot be empty in order to create a container");
  return body;
}

const config = v.object(configEntries) satisfies v.GenericSchema<unknown, Partial<ContainerConfig>>;

/** Body of `POST /commit`; undefined for one that says nothing. */
export function containerConfig(value: unknown): Partial<ContainerConfig> | undefined {
  const body = read(config, value ?? {});
  return Object.keys(body).length > 0 ? body : undefined;
}

const execCreate = v.object({
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ConsoleSize: consoleSize,
  DetachKeys: text,
  Tty: flag,
  Env: texts,
  Cmd: command,
  Privileged: flag,
  User: text,
  WorkingDir: text,
}) satisfies v.GenericSchema<unknown, ExecCreateBody>;

/** Body of `POST /containers/{id}/exec`. */
export function execCreateBody(value: unknown): ExecCreateBody {
  return read(execCreate, value ?? {});
}

const execStart = v.object({ Detach: flag, Tty: flag, ConsoleSize: consoleSize }) satisfies v.GenericSchema<
  unknown,
  ExecStartBody
>;

/** Body of `POST /exec/{id}/start`. */
export function execStartBody(value: unknown): ExecStartBody {
  return read(execStart, value ?? {});
}

/** The `buildargs` of a build: null means declared without a value. */
export function buildArguments(value: unknown): Record<string, string | null> {
  return read(v.record(v.string(), v.nullable(v.string())), value ?? {});
}

/** The `labels` of a build. */
export function buildLabels(value: unknown): Record<string, string> {
  return read(v.record(v.string(), v.string()), value ?? {});
}

/** The `ulimits` of a build. */
export function buildUlimits(value: unknown): Ulimit[] {
  return read(ulimits, value ?? []);
}
