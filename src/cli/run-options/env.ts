import { isUtf8 } from "node:buffer";
import { codeOf, invalid } from "../../core/index.ts";
import { systemReason } from "./system-reason.ts";
import { cut } from "./text.ts";

/** The client's own environment, from which `-e NAME` takes a value. */
export type Environment = Readonly<Record<string, string | undefined>>;
export type ReadFile = (path: string) => Uint8Array;

/**
 * One `-e` value: `NAME=VALUE` stays as it is; `NAME` takes the client's value, and stays bare (which removes the
 * variable from the image's own) when the client has none. @throws invalid for an empty name
 */
export function parseEnv(text: string, environment: Environment): string {
  const [name, value] = cut(text, "=");
  if (name === "") throw invalid(`invalid environment variable: ${text}`);
  if (value !== undefined) return text;
  const own = environment[name];
  return own === undefined ? text : `${name}=${own}`;
}

/** How a list file of `KEY=VALUE` lines is read: the file of environment variables and the file of labels. */
interface ListFileRules {
  /** What an error calls the file. */
  readonly what: string;
  /** The value of a key written alone; undefined leaves the key out. */
  readonly bare: (key: string) => string | undefined;
}

/**
 * Lines `KEY=VALUE` or `KEY` of a file. Blank lines and lines that begin with `#` are skipped, blanks before a key
 * are dropped; the value is taken as written, quotes included. @throws invalid
 */
function parseListFile(path: string, content: Uint8Array, rules: ListFileRules): string[] {
  const bad = (why: string) => invalid(`invalid ${rules.what} file (${path}): ${why}`);
  if (!isUtf8(content)) throw bad(`invalid utf8 bytes at line ${brokenLine(content)}`);
  const entries: string[] = [];
  // Decoding drops a byte order mark at the beginning.
  for (const raw of new TextDecoder().decode(content).split("\n")) {
    const line = raw.replace(/\r$/, "").replace(/^[\s\u0085]+/u, "");
    if (line === "" || line.startsWith("#")) continue;
    const [key, value] = cut(line, "=");
    if (key === "") throw bad(`no variable name on line '${line}'`);
    if (/[ \t]/.test(key)) throw bad(`variable '${key}' contains whitespaces`);
    const filled = value ?? rules.bare(key);
    if (filled !== undefined) entries.push(`${key}=${filled}`);
  }
  return entries;
}

/** The first line that is not UTF-8: its number and its bytes. */
function brokenLine(content: Uint8Array): string {
  let start = 0;
  for (let number = 1; ; number++) {
    const newline = content.indexOf(10, start);
    const line = content.subarray(start, newline < 0 ? content.length : newline);
    if (newline < 0 || !isUtf8(line)) return `${number}: [${line.join(" ")}]`;
    start = newline + 1;
  }
}

function readListFiles(paths: readonly string[], readFile: ReadFile, rules: ListFileRules): string[] {
  return paths.flatMap((path) => {
    let content: Uint8Array;
    try {
      content = readFile(path);
    } catch (error) {
      if (codeOf(error) === "EISDIR") {
        throw invalid(`invalid ${rules.what} file (${path}): read ${path}: is a directory`);
      }
      throw invalid(`open ${path}: ${systemReason(error)}`);
    }
    return parseListFile(path, content, rules);
  });
}

/** The variables of `--env-file` files: a bare name takes the client's value, and is left out without one. */
export function readEnvFiles(
  paths: readonly string[],
  environment: Environment,
  readFile: ReadFile,
): string[] {
  return readListFiles(paths, readFile, { what: "env", bare: (name) => environment[name] });
}

/** The labels of `--label-file` files; a bare key is left out, as Docker does. */
export function readLabelFiles(paths: readonly string[], readFile: ReadFile): string[] {
  return readListFiles(paths, readFile, { what: "label", bare: () => undefined });
}

/** One entry for each name: the last value counts, at the place of its first mention. */
export function lastOfEachName(entries: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const entry of entries) byName.set(cut(entry, "=")[0], entry);
  return [...byName.values()];
}

/** One `--label` value, `KEY=VALUE` or `KEY`. @throws invalid for an empty key or one with blanks */
export function parseLabel(text: string): string {
  const key = cut(text, "=")[0].replace(/^[ \t]+/, "");
  if (key === "") throw invalid(`invalid label '${text}': empty name`);
  if (/[ \t]/.test(key)) throw invalid(`label '${key}' contains whitespaces`);
  return text;
}
