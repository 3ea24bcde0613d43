import { readFileSync } from "node:fs";
import { extname, isAbsolute } from "node:path";
import { codeOf, invalid, messageOf, nearest } from "../core/index.ts";
import type { EngineConfig } from "./types.ts";

/** Where a configuration file is looked for when none is named. */
export const CONFIG_PLACES = ["/etc/berth/config.toml", "/etc/berth/config.json"];

export const DEFAULT_CONFIG: EngineConfig = {
  hosts: ["unix:///run/berth/berth.sock"],
  dataRoot: "/var/lib/berth",
  execRoot: "/run/berth",
  bridge: "berth0",
  runtime: "",
  pidfile: "",
  favorDynmods: true,
  layerFormat: "auto",
  lean: false,
  insecureRegistries: [],
  registryMirrors: [],
  registryCertificates: ["/etc/berth/certs.d", "/etc/docker/certs.d"],
  logLevel: "info",
  logFormat: "text",
};

function switchOf(name: string, written: string | undefined, otherwise: boolean): boolean {
  if (written === undefined) return otherwise;
  if (written !== "on" && written !== "off")
    throw invalid(`${name} must be on or off, not ${JSON.stringify(written)}`);
  return written === "on";
}

const LEVELS = ["debug", "info", "warn", "error"];
const FORMATS = ["text", "json"];
const LAYER_FORMATS = ["auto", "erofs", "directory"];

/** Options by their names on the command line, which are those in the file too. */
export type ConfigOptions = Partial<
  Record<
    | "data-root"
    | "exec-root"
    | "bridge"
    | "runtime"
    | "pidfile"
    | "favor-dynmods"
    | "layer-format"
    | "lean"
    | "log-level"
    | "log-format",
    string
  >
> &
  Partial<Record<(typeof LISTS)[number], string | readonly string[]>>;

/** Options that may be given several times, or as a list in the file. */
export const LISTS = ["host", "insecure-registry", "registry-mirror", "registry-certificates"] as const;

const KEYS = [
  ...LISTS,
  "data-root",
  "exec-root",
  "bridge",
  "runtime",
  "pidfile",
  "favor-dynmods",
  "layer-format",
  "lean",
  "log-level",
  "log-format",
] as const;

/** Linux: IFNAMSIZ less the NUL. */
const LINK_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/;

/** Reads a configuration file in TOML or JSON, told apart by its ending. @throws invalid, naming file and key */
export function readConfigFile(path: string): ConfigOptions {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw invalid(`cannot read the configuration file ${path}: ${codeOf(error) ?? messageOf(error)}`, error);
  }
  let parsed: unknown;
  try {
    parsed = extname(path) === ".json" ? JSON.parse(text) : Bun.TOML.parse(text);
  } catch (error) {
    throw invalid(`${path}: ${messageOf(error)}`, error);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw invalid(`${path}: expected options at the top, such as data-root`);
  }
  for (const [key, value] of Object.entries(parsed)) checkEntry(path, key, value);
  return parsed as ConfigOptions;
}

function checkEntry(path: string, key: string, value: unknown): void {
  if (!KEYS.some((known) => known === key)) {
    const near = nearest(key, KEYS);
    throw invalid(`${path}: unknown option ${JSON.stringify(key)}${near ? `; did you mean ${near}?` : ""}`);
  }
  const list =
    LISTS.some((known) => known === key) &&
    Array.isArray(value) &&
    value.every((entry) => typeof entry === "string");
  if (typeof value !== "string" && !list) throw invalid(`${path}: ${key} must be a string`);
}

/** Defaults, then the file, then the command line. @throws invalid */
export function mergeConfig(file: ConfigOptions, flags: ConfigOptions): EngineConfig {
  const options = { ...file, ...flags };
  const list = (name: (typeof LISTS)[number], otherwise: readonly string[]) => {
    const written = options[name];
    const values = typeof written === "string" ? [written] : written;
    return values?.length ? [...values] : [...otherwise];
  };
  const config: EngineConfig = {
    hosts: list("host", DEFAULT_CONFIG.hosts),
    dataRoot: options["data-root"] ?? DEFAULT_CONFIG.dataRoot,
    execRoot: options["exec-root"] ?? DEFAULT_CONFIG.execRoot,
    bridge: options.bridge ?? DEFAULT_CONFIG.bridge,
    runtime: options.runtime ?? DEFAULT_CONFIG.runtime,
    pidfile: options.pidfile ?? DEFAULT_CONFIG.pidfile,
    favorDynmods: switchOf("favor-dynmods", options["favor-dynmods"], DEFAULT_CONFIG.favorDynmods),
    layerFormat: (options["layer-format"] ?? DEFAULT_CONFIG.layerFormat) as EngineConfig["layerFormat"],
    lean: switchOf("lean", options.lean, DEFAULT_CONFIG.lean),
    insecureRegistries: list("insecure-registry", DEFAULT_CONFIG.insecureRegistries),
    registryMirrors: list("registry-mirror", DEFAULT_CONFIG.registryMirrors),
    registryCertificates: list("registry-certificates", DEFAULT_CONFIG.registryCertificates),
    logLevel: (options["log-level"] ?? DEFAULT_CONFIG.logLevel) as EngineConfig["logLevel"],
    logFormat: (options["log-format"] ?? DEFAULT_CONFIG.logFormat) as EngineConfig["logFormat"],
  };
  for (const [name, path] of [
    ["data-root", config.dataRoot],
    ["exec-root", config.execRoot],
  ] as const) {
    if (!isAbsolute(path)) throw invalid(`${name} must be an absolute path, not ${JSON.stringify(path)}`);
    // These would break the options of an overlay mount.
    if (/[:,\\\n"]/.test(path))
      throw invalid(`${name} must not contain any of : , \\ " or a line end: ${JSON.stringify(path)}`);
  }
  if (!LINK_NAME.test(config.bridge)) {
    throw invalid(
      `bridge must be a link name of at most 15 letters, digits, - _ or ., not ${JSON.stringify(config.bridge)}`,
    );
  }
  if (!LAYER_FORMATS.includes(config.layerFormat))
    throw invalid(
      `layer-format must be one of ${LAYER_FORMATS.join(", ")}, not ${JSON.stringify(config.layerFormat)}`,
    );
  if (!LEVELS.includes(config.logLevel))
    throw invalid(`log-level must be one of ${LEVELS.join(", ")}, not ${JSON.stringify(config.logLevel)}`);
  if (!FORMATS.includes(config.logFormat))
    throw invalid(`log-format must be one of ${FORMATS.join(", ")}, not ${JSON.stringify(config.logFormat)}`);
  return config;
}
