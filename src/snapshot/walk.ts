import { type BigIntStats, closeSync, constants, lstatSync, openSync, readdirSync } from "node:fs";
import { codeOf, invalid } from "../core/index.ts";
import { type ByteString, fromBytes, fsPath, show } from "../image/index.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
/** Each level of depth holds one open directory. */
const MAX_DEPTH = 1000;

/**
 * An open directory of a tree that somebody else may be changing at this moment (a running container's files).
 * Entries are reached through the open directory by a single name, never by a longer path, so no link put in
 * the way can lead elsewhere.
 */
export class OpenDirectory implements Disposable {
  readonly #fd: number;

  private constructor(
    fd: number,
    /** Path from the tree's root; empty for the root itself. */
    readonly path: ByteString,
    readonly depth: number,
  ) {
    this.#fd = fd;
  }

  static root(path: string | Buffer): OpenDirectory {
    return new OpenDirectory(openSync(path, O_RDONLY | O_DIRECTORY), "", 0);
  }

  /** Undefined when it is gone or no directory any more. @throws invalid when the tree is too deep */
  child(name: ByteString): OpenDirectory | undefined {
    const path = this.pathOf(name);
    if (this.depth >= MAX_DEPTH) throw invalid(`${show(path)}: more than ${MAX_DEPTH} directories deep`);
    try {
      const fd = openSync(fsPath(this.at(name)), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      return new OpenDirectory(fd, path, this.depth + 1);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** What to hand to system calls that do not follow links, while this directory is open. */
  at(name: ByteString): ByteString {
    return `/proc/self/fd/${this.#fd}/${name}`;
  }

  /** The same, of the directory itself. */
  get self(): ByteString {
    return `/proc/self/fd/${this.#fd}/.`;
  }

  pathOf(name: ByteString): ByteString {
    return this.path === "" ? name : `${this.path}/${name}`;
  }

  /** Names and metadata, sorted by bytes; entries that vanish meanwhile are left out. */
  *entries(): Generator<{ name: ByteString; stat: BigIntStats }> {
    const names = readdirSync(fsPath(this.self), { encoding: "buffer" }).map(fromBytes).sort();
    for (const name of names) {
      const stat = lstatSync(fsPath(this.at(name)), { bigint: true, throwIfNoEntry: false });
      if (stat) yield { name, stat };
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

export function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP"].includes(codeOf(error) ?? "");
}

export interface WalkEntry {
  readonly directory: OpenDirectory;
  readonly name: ByteString;
  readonly stat: BigIntStats;
}

/** Everything below a directory, parents first, sorted; directories are open while their entries are visited. */
export function* walk(directory: OpenDirectory): Generator<WalkEntry> {
  for (const { name, stat } of directory.entries()) {
    yield { directory, name, stat };
    if (!stat.isDirectory()) continue;
    using below = directory.child(name);
    if (below) yield* walk(below);
  }
}

/** Milliseconds of work without a pause: what starting a container may have to wait. */
const BREATH = 5;

/** Lets others run from time to time during long work made of short synchronous calls. */
export class Breather {
  #last = performance.now();
  /** It is time for a pause. */
  get isDue(): boolean {
    return performance.now() - this.#last >= BREATH;
  }
  async step(): Promise<void> {
    if (!this.isDue) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#last = performance.now();
  }
}
