import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonical, codeOf, invalid, messageOf, type Reference } from "../../core/index.ts";
import type { ManifestEntry } from "./entry.ts";

/**
 * Manifest lists in the making, where and as Docker keeps them: a directory for each list in `manifests` of the
 * client's configuration, and in it a file for each of its images.
 */
export class ListStore {
  readonly #root: string;

  constructor(configDirectory: string) {
    this.#root = join(configDirectory, "manifests");
  }

  /** The images of a list in the order of their names; undefined when there is no such list. */
  list(name: Reference): ManifestEntry[] | undefined {
    const directory = this.#directory(name);
    let files: string[];
    try {
      files = readdirSync(directory);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw invalid(`cannot read ${directory}: ${messageOf(error)}`, error);
    }
    const entries = files.sort().map((file) => readEntry(join(directory, file)));
    return entries.length > 0 ? entries : undefined;
  }

  get(name: Reference, image: Reference): ManifestEntry | undefined {
    const path = join(this.#directory(name), fileName(image));
    try {
      return readEntry(path);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  save(name: Reference, image: Reference, entry: ManifestEntry): void {
    const directory = this.#directory(name);
    const path = join(directory, fileName(image));
    mkdirSync(directory, { recursive: true });
    const temporary = join(this.#root, `.${fileName(image)}.${process.pid}`);
    try {
      writeFileSync(temporary, JSON.stringify(entry));
      renameSync(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** False when there was none. */
  remove(name: Reference): boolean {
    const known = this.list(name) !== undefined;
    rmSync(this.#directory(name), { recursive: true, force: true });
    return known;
  }

  #directory(name: Reference): string {
    return join(this.#root, fileName(name));
  }
}

/** The whole name, with `/` and `:` replaced, as Docker names these files. */
function fileName(reference: Reference): string {
  return canonical(reference).replaceAll(":", "-").replaceAll("/", "_");
}

function readEntry(path: string): ManifestEntry {
  const text = readFileSync(path, "utf8");
  try {
    const entry = JSON.parse(text) as ManifestEntry;
    if (typeof entry?.Ref === "string" && typeof entry.Descriptor?.digest === "string") return entry;
  } catch {
    // Said below.
  }
  throw invalid(`${path} is no manifest that can be read: remove it`);
}
