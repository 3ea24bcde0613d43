import { mkdirSync } from "node:fs";
import { join, posix } from "node:path";
import { IgnoreMatcher, invalid, newId, parseIgnoreFile } from "../../core/index.ts";
import { type ByteString, decodeText, decompress, encodeText } from "../../image/index.ts";
import { resolvePath } from "./tree/resolve.ts";
import { Spool } from "./tree/spool.ts";
import { TarTree } from "./tree/tar-tree.ts";
import type { SourceTree } from "./tree/tree.ts";

/** Larger Dockerfiles and ignore files are refused before they are read. */
const LARGEST_TEXT = 8 << 20;

export interface ContextOptions {
  /** Path of the Dockerfile in the context; `Dockerfile` (or `dockerfile`) when absent. */
  readonly dockerfile?: string;
  readonly tempRoot: string;
  readonly signal: AbortSignal;
}

/** The client's files for one build: the Dockerfile's text, and everything that .dockerignore does not hide. */
export class Context implements AsyncDisposable {
  readonly tree: SourceTree;
  /** Name of the Dockerfile, for messages. */
  readonly file: string;
  readonly dockerfile: string;
  readonly #spool: Spool;

  private constructor(tree: SourceTree, file: string, dockerfile: string, spool: Spool) {
    this.tree = tree;
    this.file = file;
    this.dockerfile = dockerfile;
    this.#spool = spool;
  }

  /** Reads an upload to its end. @throws invalid for a damaged archive or a missing Dockerfile */
  static async read(upload: AsyncIterable<Uint8Array>, options: ContextOptions): Promise<Context> {
    mkdirSync(options.tempRoot, { recursive: true, mode: 0o700 });
    await using stack = new AsyncDisposableStack();
    const spool = stack.use(await Spool.create(join(options.tempRoot, `context-${newId()}`)));
    const all = await TarTree.read(decompress(upload), spool, {
      what: "build context",
      rootOwned: true,
      signal: options.signal,
    });
    const file = options.dockerfile || defaultName(all);
    const path = posix.join("/", file);
    const dockerfile = await readText(all, path);
    if (dockerfile === undefined) throw invalid(`Cannot locate specified Dockerfile: ${file}`);
    const ignore = (await readText(all, `${path}.dockerignore`)) ?? (await readText(all, "/.dockerignore"));
    const tree = ignore === undefined ? all : hide(all, ignore);
    stack.move();
    return new Context(tree, posix.basename(path), dockerfile, spool);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
  }
}

function defaultName(tree: SourceTree): string {
  return !tree.lookup("/Dockerfile") && tree.lookup("/dockerfile") ? "dockerfile" : "Dockerfile";
}

function hide(tree: TarTree, ignore: string): TarTree {
  const matcher = new IgnoreMatcher(parseIgnoreFile(ignore));
  return tree.without((path: ByteString) => matcher.excludes(decodeText(path), false));
}

async function readText(tree: SourceTree, name: string): Promise<string | undefined> {
  const path = resolvePath(tree, encodeText(name));
  const entry = path === undefined ? undefined : tree.lookup(path);
  if (path === undefined || entry?.type !== "file") return undefined;
  if (entry.size > LARGEST_TEXT) throw invalid(`${name.slice(1)} is larger than ${LARGEST_TEXT} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const { bytes } of tree.pieces(path)) pieces.push(bytes);
  return Buffer.concat(pieces).toString("utf8");
}
