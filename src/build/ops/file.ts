import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { internal, invalid, newId, notFound } from "../../core/index.ts";
import { type ByteString, encodeText, show } from "../../image/index.ts";
import type { CopyAction, FileAction, FileOp } from "../graph/index.ts";
import type { Op, OpInput, RunEnvironment } from "../solver/index.ts";
import { openArchive } from "./archive.ts";
import { inputKey, keyOf, layersKey } from "./keys.ts";
import { resolveOwner } from "./owners.ts";
import type { Result } from "./result.ts";
import type { Rooms } from "./rooms.ts";
import { commitScratch, layersOf, Scratch } from "./scratch.ts";
import { contentDigest } from "./tree/content-digest.ts";
import { RootTree } from "./tree/root-tree.ts";
import { type Selected, selectSources } from "./tree/select.ts";
import { Spool } from "./tree/spool.ts";
import { TarTree } from "./tree/tar-tree.ts";
import type { SourceTree } from "./tree/tree.ts";
import { TreeCopy } from "./write/copy-tree.ts";
import { RootWriter } from "./write/root-writer.ts";

/** Copies and makes files over layers; what was written becomes a layer. */
export class FileStep implements Op<Result> {
  readonly #op: FileOp;
  readonly #rooms: Rooms;
  readonly #base: number;

  constructor(op: FileOp, inputCount: number, rooms: Rooms) {
    this.#op = op;
    this.#rooms = rooms;
    this.#base = baseOf(op.actions, inputCount);
  }

  async fastKey(inputs: readonly OpInput<Result>[]) {
    const base = inputs[this.#base];
    const copied = await Promise.all(
      this.#copies().map(async (action) => {
        const from = inputs[action.from];
        if (from?.result?.kind === "files")
          return contentDigest(from.result.tree, select(from.result.tree, action));
        return from && inputKey(from);
      }),
    );
    return keyOf(this.#op, base && inputKey(base), copied);
  }

  async slowKey(inputs: readonly Result[]) {
    await using trees = new Trees(this.#rooms, inputs);
    const copied: string[] = [];
    for (const action of this.#copies()) {
      const tree = trees.get(action.from);
      copied.push(await contentDigest(tree, select(tree, action)));
    }
    const base = inputs[this.#base];
    return keyOf("slow", this.#op, base && layersKey(base), copied);
  }

  async run(inputs: readonly Result[], { signal }: RunEnvironment): Promise<Result> {
    const base = layersOf(inputs[this.#base]);
    await using scratch = new Scratch(this.#rooms, base);
    const writer = new RootWriter(scratch.root);
    {
      await using trees = new Trees(this.#rooms, inputs);
      for (const action of this.#op.actions) await this.#act(action, trees, scratch.root, writer, signal);
    }
    scratch.unmount();
    return await commitScratch(this.#rooms, scratch, base);
  }

  #copies(): CopyAction[] {
    return this.#op.actions.filter((action) => action.type === "copy");
  }

  async #act(
    action: FileAction,
    trees: Trees,
    root: string,
    writer: RootWriter,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const owner = resolveOwner(action.chown, root);
    const mode = action.mode;
    if (action.type === "mkdir") {
      writer.ensureDirectory(encodeText(action.path), owner ?? { uid: 0, gid: 0 }, action.mode);
      return;
    }
    if (action.type === "mkfile") {
      const tree = inlineTree(encodeText(action.path), action.data, action.mode);
      await new TreeCopy(tree, writer, { ...(owner && { owner }), signal }).put("/", encodeText(action.path));
      return;
    }
    const tree = trees.get(action.from);
    const options = { ...(owner && { owner }), ...(mode !== undefined && { mode }), signal };
    for (const selected of select(tree, action)) {
      if (action.unpack && (await this.#unpack(tree, selected, action, writer, options))) continue;
      await new TreeCopy(tree, writer, options).copy(
        selected.named,
        selected.path,
        encodeText(action.destination),
      );
    }
  }

  /** ADD of an archive. False where the source is none. */
  async #unpack(
    tree: SourceTree,
    { named, path }: Selected,
    action: CopyAction,
    writer: RootWriter,
    options: ConstructorParameters<typeof TreeCopy>[2],
  ): Promise<boolean> {
    if (tree.lookup(path)?.type !== "file") return false;
    const archive = await openArchive(named, () => content(tree, path));
    if (!archive) return false;
    mkdirSync(this.#rooms.tempRoot, { recursive: true, mode: 0o700 });
    await using spool = await Spool.create(join(this.#rooms.tempRoot, `archive-${newId()}`));
    const { signal } = options;
    const unpacked = await TarTree.read(archive, spool, { what: show(named), rootOwned: false, signal });
    await new TreeCopy(unpacked, writer, options).unpack(encodeText(action.destination));
    return true;
  }
}

/** Which input the first action works on. Each action must go on from the one before it. */
function baseOf(actions: readonly FileAction[], inputCount: number): number {
  const chained = actions.every(
    ({ input, output }, at) =>
      (at === 0 || input === inputCount + at - 1) && output === (at === actions.length - 1 ? 0 : -1),
  );
  if (!chained || actions.length === 0) throw internal("file actions must form one chain");
  return actions[0]?.input ?? -1;
}

/** What a copy takes. @throws notFound where a source without wildcards is not there */
function select(tree: SourceTree, action: CopyAction): readonly Selected[] {
  const selected = selectSources(tree, action.source, action.wildcards);
  const name = action.unpack ? "ADD" : "COPY";
  if (!selected) {
    const shown = action.source.replace(/^\//, "");
    throw notFound(
      `${name} failed: file not found in build context or excluded by .dockerignore: stat ${shown}: file does not exist`,
    );
  }
  if (selected.length > 1 && !action.destination.endsWith("/")) {
    throw invalid(
      `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  return selected;
}

async function* content(tree: SourceTree, path: ByteString): AsyncGenerator<Uint8Array, void, void> {
  for await (const { bytes } of tree.pieces(path)) yield bytes;
}

/** One file whose content is written in the Dockerfile, as a tree of nothing else. */
function inlineTree(named: ByteString, data: string, mode: number): SourceTree {
  const bytes = Buffer.from(data);
  const mtime = BigInt(Date.now()) * 1_000_000n;
  return {
    lookup: () => ({ type: "file", mode, uid: 0, gid: 0, size: bytes.byteLength, mtime }),
    names: () => [],
    pieces: async function* () {
      yield { offset: 0, bytes };
    },
    digest: () => Promise.reject(internal(`${show(named)} has no digest`)),
  };
}

/** The inputs of a step as trees; filesystems are mounted when they are first asked for. */
class Trees implements AsyncDisposable {
  readonly #rooms: Rooms;
  readonly #inputs: readonly Result[];
  readonly #mounted = new Map<number, Scratch>();

  constructor(rooms: Rooms, inputs: readonly Result[]) {
    this.#rooms = rooms;
    this.#inputs = inputs;
  }

  get(index: number): SourceTree {
    const input = this.#inputs[index];
    if (input?.kind === "files") return input.tree;
    const scratch = this.#mounted.get(index) ?? new Scratch(this.#rooms, layersOf(input));
    this.#mounted.set(index, scratch);
    return new RootTree(scratch.root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const scratch of this.#mounted.values()) await scratch[Symbol.asyncDispose]();
  }
}
