import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { IgnoreMatcher, invalid, parseIgnoreFile } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";
import type { BuildContext } from "./build-context.ts";
import { type ContextEntry, tarStream } from "./tar-stream.ts";
import { walkContext } from "./walk.ts";

/** Where the Dockerfile comes from: `--file`, the usual name, or text that was read already. */
export type DockerfileSource = { readonly file: string | undefined } | { readonly text: Uint8Array };

const IGNORE_FILE = ".dockerignore";

/**
 * A directory as build context. What its ignore file leaves out is not sent, but for the Dockerfile and the ignore
 * file, which the engine reads. A Dockerfile that is not in the directory is sent beside it under a name of its own,
 * which the build's instructions do not see. @throws invalid
 */
export function localContext(root: string, source: DockerfileSource): BuildContext {
  const dockerfile = "text" in source ? foreign(source.text, undefined) : locate(root, source.file);
  const ignore = readIgnoreFile(root, dockerfile);
  let matcher: IgnoreMatcher;
  try {
    matcher = new IgnoreMatcher(parseIgnoreFile(ignore.text));
  } catch (error) {
    throw invalid(`${ignore.path}: ${error instanceof Error ? error.message : error}`);
  }
  const always = new Set([IGNORE_FILE, dockerfile.name, `${dockerfile.name}${IGNORE_FILE}`]);
  return { dockerfile: dockerfile.name, archive: send() };

  async function* send(): AsyncGenerator<Uint8Array> {
    yield* tarStream(entries());
  }

  function* entries(): Generator<ContextEntry> {
    if (dockerfile.text === undefined) return yield* walkContext(root, matcher, always);
    for (const entry of walkContext(root, matcher, always)) {
      if (Buffer.from(entry.name).toString() !== IGNORE_FILE) yield entry;
    }
    yield textEntry(dockerfile.name, dockerfile.text);
    const hidden = `${ignore.text.replace(/\n?$/, "\n")}${IGNORE_FILE}\n${dockerfile.name}\n`;
    yield textEntry(IGNORE_FILE, new TextEncoder().encode(hidden));
  }
}

interface LocatedDockerfile {
  /** Name within the context, with slashes. */
  readonly name: string;
  /** Where it is on disk, if anywhere. */
  readonly path?: string;
  /** Its text, where it has to be added to the context. */
  readonly text?: Uint8Array;
}

function foreign(text: Uint8Array, path: string | undefined): LocatedDockerfile {
  return { name: `.dockerfile.${randomBytes(10).toString("hex")}`, text, ...(path && { path }) };
}

/** A relative `--file` is relative to the working directory. @throws invalid, naming the path, when there is none */
function locate(root: string, file: string | undefined): LocatedDockerfile {
  const path = file === undefined ? usualFile(root) : resolve(file);
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    throw invalid(`unable to read the Dockerfile ${path}: ${systemReason(error)}${hint(root, file)}`);
  }
  const name = relative(root, real).split(sep).join("/");
  if (name !== ".." && !name.startsWith("../")) return { name, path };
  try {
    return foreign(readFileSync(real), path);
  } catch (error) {
    throw invalid(`unable to read the Dockerfile ${path}: ${systemReason(error)}`);
  }
}

function usualFile(root: string): string {
  const usual = join(root, "Dockerfile");
  const small = join(root, "dockerfile");
  return !existsSync(usual) && existsSync(small) ? small : usual;
}

/** What was probably meant by a Dockerfile that is not there. */
function hint(root: string, file: string | undefined): string {
  if (file !== undefined && existsSync(join(root, file))) {
    return `. A relative --file starts from the working directory: did you mean -f ${join(relative(".", root), file)}?`;
  }
  const wanted = basename(file ?? "Dockerfile").toLowerCase();
  const likely = readdirSync(root).filter((name) => {
    const lower = name.toLowerCase();
    return (
      lower === wanted ||
      /^(?:dockerfile|containerfile)(?:\..+)?$|\.(?:dockerfile|containerfile)$/.test(lower)
    );
  });
  const [first] = likely.filter((name) => !name.endsWith(IGNORE_FILE)).sort();
  return first === undefined
    ? ". Name it with -f, or create it"
    : `. Did you mean -f ${join(relative(".", root), first)}?`;
}

/** The ignore file of this Dockerfile, or else that of the context. */
function readIgnoreFile(root: string, dockerfile: LocatedDockerfile): { path: string; text: string } {
  const own = dockerfile.path === undefined ? [] : [`${dockerfile.path}${IGNORE_FILE}`];
  for (const path of [...own, join(root, IGNORE_FILE)]) {
    if (existsSync(path)) return { path, text: readFileSync(path, "utf8") };
  }
  return { path: join(root, IGNORE_FILE), text: "" };
}

function textEntry(name: string, content: Uint8Array): ContextEntry {
  const encoded = new TextEncoder().encode(name);
  return { name: encoded, type: "file", mode: 0o600, mtime: 0, size: content.length, content };
}
