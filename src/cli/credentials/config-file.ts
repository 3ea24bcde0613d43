import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { codeOf, invalid, messageOf } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";

/** The client's configuration file, for those who change it. */
export interface ConfigFile {
  /** Where it is, for people. */
  readonly path: string;
  /** Everything in it; fields that nobody here knows stay as they are. */
  readonly data: Record<string, unknown>;
  /** What one level of it is indented by. */
  readonly indent: string;
}

/** One that is not there yet is empty. @throws invalid where it cannot be read: it must not be overwritten then */
export function openConfigFile(directory: string): ConfigFile {
  const path = join(directory, "config.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { path, data: {}, indent: "\t" };
    throw invalid(`cannot read ${path}: ${systemReason(error)}`, error);
  }
  try {
    const data: unknown = text.trim() === "" ? {} : JSON.parse(text);
    if (typeof data !== "object" || data === null || Array.isArray(data))
      throw invalid("it is no JSON object");
    const indent = /\{\r?\n([ \t]+)/.exec(text)?.[1] ?? "\t";
    return { path, data: data as Record<string, unknown>, indent };
  } catch (error) {
    throw invalid(`cannot read ${path}: ${messageOf(error)}`, error);
  }
}

/** The file is the old one or the new one, whole, and readable by its owner only. @throws invalid */
export function saveConfigFile({ path, data, indent }: ConfigFile): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeWhole(target(path), JSON.stringify(data, null, indent));
  } catch (error) {
    throw invalid(`cannot write ${path}: ${systemReason(error)}`, error);
  }
}

/** A file that is a link elsewhere stays one. */
function target(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return path;
    throw error;
  }
}

function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  const fd = openSync(temporary, "wx", 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
    renameSync(temporary, path);
  } finally {
    closeSync(fd);
    rmSync(temporary, { force: true });
  }
}
