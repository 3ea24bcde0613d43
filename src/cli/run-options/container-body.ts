import { invalid } from "../../core/index.ts";
import type { ContainerConfig, ContainerCreateBody, HostConfig } from "../../spec/index.ts";
import type { ParsedArguments } from "../command.ts";
import {
  type Environment,
  lastOfEachName,
  parseEnv,
  parseLabel,
  type ReadFile,
  readEnvFiles,
  readLabelFiles,
} from "./env.ts";
import { FlagReader } from "./flag-reader.ts";
import { containerFlags } from "./flags.ts";
import { chooseHealthcheck, type HealthFlags } from "./health.ts";
import { checkSwappiness, listOrNull, readCapabilities, readDevices, readResources } from "./host-config.ts";
import { parseDnsServer, parseExtraHost, parseSearchDomain } from "./hosts.ts";
import { parseMount } from "./mounts.ts";
import { chooseNetworks, type NetworkAttachment, parseLink, parseNetwork } from "./network.ts";
import { parsePorts } from "./ports.ts";
import { parseDurationFlag, parseRestartPolicy } from "./resources.ts";
import {
  checkNamespaces,
  parseLogOptions,
  parseSecurityOptions,
  parseStorageOptions,
  parseSysctl,
} from "./security.ts";
import { pairs } from "./text.ts";
import { parseTmpfs, parseVolumes } from "./volumes.ts";

/** What of the client's own world the flags may refer to. */
export interface ClientWorld {
  readonly environment: Environment;
  readonly workingDirectory: string;
  /** Whole content of a file. @throws a system error */
  readonly readFile: ReadFile;
  /** Variables that the client's configuration adds to every container (proxies); flags win over them. */
  readonly defaultEnv?: readonly string[];
}

/**
 * The body of `POST /containers/create` for the flags and arguments of `run` and `create`: image first, then the
 * command. @throws FlagError for a value that cannot be read; invalid for what does not fit together
 */
export function containerBody(args: ParsedArguments, world: ClientWorld): ContainerCreateBody {
  const flags = new FlagReader(args, containerFlags);
  const values = readValues(flags, world);
  const choices = combine(flags, values, world);
  const [image = "", ...command] = args.positional;
  const config: Partial<ContainerConfig> = {
    Hostname: flags.text("hostname"),
    Domainname: flags.text("domainname"),
    User: flags.text("user"),
    ...streams(flags, values.attach),
    Env: listOrNull(choices.env),
    Cmd: listOrNull(command),
    Image: image,
    Volumes: choices.volumes.anonymous,
    WorkingDir: flags.text("workdir"),
    Entrypoint: args.given("entrypoint") ? [flags.text("entrypoint")] : null,
    Labels: choices.labels,
    ...(Object.keys(choices.ports.exposed).length > 0 && { ExposedPorts: choices.ports.exposed }),
    ...(choices.healthcheck && { Healthcheck: choices.healthcheck }),
    ...(args.given("stop-signal") && { StopSignal: flags.text("stop-signal") }),
    ...(args.given("stop-timeout") && { StopTimeout: flags.number("stop-timeout") }),
  };
  return {
    ...config,
    HostConfig: hostConfig(flags, values, choices),
    NetworkingConfig: { EndpointsConfig: choices.networks.endpoints },
  };
}

type Values = ReturnType<typeof readValues>;
type Choices = ReturnType<typeof combine>;

/** Everything that can be read wrong by itself; pflag reports these before anything else. */
function readValues(flags: FlagReader, world: ClientWorld) {
  return {
    attach: flags.many("attach", parseAttach),
    env: flags.many("env", (text) => parseEnv(text, world.environment)),
    labels: flags.many("label", parseLabel),
    annotations: flags.args.list("annotation"),
    extraHosts: flags.many("add-host", parseExtraHost),
    dns: flags.many("dns", parseDnsServer),
    dnsSearch: flags.many("dns-search", parseSearchDomain),
    links: flags.many("link", parseLink),
    sysctls: flags.many("sysctl", parseSysctl),
    mounts: flags.many("mount", (text) => parseMount(text, world.workingDirectory)),
    networks: [...flags.many("network", parseNetwork), ...flags.many("net", parseNetwork)],
    health: healthFlags(flags),
    resources: readResources(flags),
  };
}

function healthFlags(flags: FlagReader): HealthFlags {
  const duration = (name: string) => flags.one(name, parseDurationFlag) ?? 0;
  return {
    disabled: flags.args.boolean("no-healthcheck"),
    command: flags.text("health-cmd"),
    interval: duration("health-interval"),
    timeout: duration("health-timeout"),
    startPeriod: duration("health-start-period"),
    startInterval: duration("health-start-interval"),
    retries: flags.number("health-retries"),
  };
}

/** What needs several flags, or files. */
function combine(flags: FlagReader, values: Values, world: ClientWorld) {
  const { args } = flags;
  checkSwappiness(flags.number("memory-swappiness"));
  checkNamespaces({
    pid: flags.text("pid"),
    uts: flags.text("uts"),
    userns: flags.text("userns"),
    cgroupns: flags.text("cgroupns"),
  });
  const restart = parseRestartPolicy(flags.text("restart"));
  if (args.boolean("rm") && restart.Name !== "" && restart.Name !== "no") {
    throw invalid("conflicting options: cannot specify both --restart and --rm");
  }
  return {
    restart,
    networks: networksOf(flags, values.networks, values.links),
    volumes: parseVolumes(args.list("volume"), world.workingDirectory),
    ports: parsePorts(args.list("publish"), args.list("expose")),
    devices: readDevices(args.list("device"), values.resources.DeviceRequests),
    env: environmentOf(args.list("env-file"), values.env, world),
    labels: pairs([...readLabelFiles(args.list("label-file"), world.readFile), ...values.labels]),
    logOptions: parseLogOptions(flags.text("log-driver"), args.list("log-opt")),
    security: parseSecurityOptions(args.list("security-opt"), world.readFile),
    storage: parseStorageOptions(args.list("storage-opt")),
    healthcheck: chooseHealthcheck(values.health),
  };
}

/** Files come first, so that a flag wins over them. */
function environmentOf(files: readonly string[], entries: readonly string[], world: ClientWorld): string[] {
  const own = lastOfEachName([...(world.defaultEnv ?? []), ...entries]);
  return [...readEnvFiles(files, world.environment, world.readFile), ...own];
}

function networksOf(flags: FlagReader, networks: readonly NetworkAttachment[], links: readonly string[]) {
  return chooseNetworks(networks, {
    aliases: [...flags.args.list("network-alias"), ...flags.args.list("net-alias")],
    links,
    ipv4: flags.text("ip"),
    ipv6: flags.text("ip6"),
    linkLocal: flags.args.list("link-local-ip"),
    mac: flags.text("mac-address"),
  });
}

function hostConfig(flags: FlagReader, values: Values, choices: Choices): Partial<HostConfig> {
  const { args } = flags;
  const { security, networks } = choices;
  return {
    ...values.resources,
    ...choices.devices,
    ...readCapabilities(flags),
    Binds: listOrNull(choices.volumes.binds),
    ContainerIDFile: flags.text("cidfile"),
    LogConfig: { Type: flags.text("log-driver"), Config: choices.logOptions },
    NetworkMode: networks.mode,
    PortBindings: choices.ports.bindings,
    RestartPolicy: choices.restart,
    AutoRemove: args.boolean("rm"),
    VolumeDriver: flags.text("volume-driver"),
    VolumesFrom: listOrNull(args.list("volumes-from")),
    CgroupnsMode: flags.text("cgroupns") as HostConfig["CgroupnsMode"],
    Dns: values.dns,
    DnsOptions: [...args.list("dns-option"), ...args.list("dns-opt")],
    DnsSearch: values.dnsSearch,
    ExtraHosts: listOrNull(values.extraHosts),
    GroupAdd: listOrNull(args.list("group-add")),
    IpcMode: flags.text("ipc"),
    Links: listOrNull(values.links),
    PidMode: flags.text("pid"),
    Privileged: args.boolean("privileged"),
    PublishAllPorts: args.boolean("publish-all"),
    ReadonlyRootfs: args.boolean("read-only"),
    SecurityOpt: listOrNull(security.options),
    UTSMode: flags.text("uts"),
    UsernsMode: flags.text("userns"),
    Runtime: flags.text("runtime"),
    Isolation: flags.text("isolation"),
    ...(values.mounts.length > 0 && { Mounts: values.mounts }),
    ...(values.annotations.length > 0 && { Annotations: pairs(values.annotations) }),
    ...(values.sysctls.length > 0 && { Sysctls: pairs(values.sysctls) }),
    ...(args.list("tmpfs").length > 0 && { Tmpfs: parseTmpfs(args.list("tmpfs")) }),
    ...(args.list("storage-opt").length > 0 && { StorageOpt: choices.storage }),
    ...(args.given("init") && { Init: args.boolean("init") }),
    MaskedPaths: security.unconfinedPaths ? [] : null,
    ReadonlyPaths: security.unconfinedPaths ? [] : null,
  };
}

/** Which streams are attached: those of `--attach`, or output and errors, and input with `--interactive`. */
function streams(flags: FlagReader, attach: readonly string[]): Partial<ContainerConfig> {
  const interactive = flags.args.boolean("interactive");
  const attachStdin = interactive || attach.includes("stdin");
  const all = attach.length === 0;
  return {
    AttachStdin: attachStdin,
    AttachStdout: all || attach.includes("stdout"),
    AttachStderr: all || attach.includes("stderr"),
    Tty: flags.args.boolean("tty"),
    OpenStdin: interactive,
    // Input that one client gives ends with that client.
    StdinOnce: interactive && attachStdin,
  };
}

/** One `--attach` stream. @throws invalid */
export function parseAttach(text: string): string {
  const stream = text.toLowerCase();
  if (!["stdin", "stdout", "stderr"].includes(stream)) {
    throw invalid("valid streams are STDIN, STDOUT and STDERR");
  }
  return stream;
}
