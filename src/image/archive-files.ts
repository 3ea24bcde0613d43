import type { ContentStore, PartialBlob } from "../content/index.ts";
import type { Digest } from "../core/index.ts";
import { Digester, digestOf, invalid, isDigest } from "../core/index.ts";
import { decompress, openCompressed } from "./decompress.ts";
import { MAX_DOCUMENT_SIZE, parseJson } from "./documents.ts";
import type { Lease } from "./leases.ts";
import type { StoredLayers } from "./stored-layers.ts";
import { decodeText, readTar, type TarEntry } from "./tar/index.ts";

/**
 * A file of an image archive: a small JSON document in memory, or a layer whose plain tar is in the content store. A
 * layer in a file that is named by its digest is kept as it came, too (unless lean).
 */
export type ArchiveFile =
  | { readonly kind: "document"; readonly bytes: Uint8Array; readonly digest: Digest }
  | { readonly kind: "layer"; readonly digest: Digest; readonly diffId: Digest };

/** Where layers of an archive go, and what is known of those that are there. */
export interface ArchiveSink {
  readonly content: ContentStore;
  readonly layers: StoredLayers;
  readonly lean: boolean;
  readonly lease: Lease;
  /** The plain digest of a stored blob of a layer. */
  diffIdOf(blob: Digest): Digest | undefined;
}

/** All documents of one archive together, and how many files are looked at. */
const MAX_DOCUMENTS = 64 << 20;
const MAX_FILES = 100_000;

export interface LayerSeen {
  readonly name: string;
  readonly current: number;
  readonly total: number;
}

export interface ArchiveFiles {
  /** By its path in the archive; links lead to what they point to. */
  get(name: string): ArchiveFile | undefined;
}

/**
 * Reads an image archive once, from front to back: documents stay in memory, layers go decompressed into the
 * content store, except those that are there already. New ones belong to the lease.
 * @throws invalid when the archive is damaged or cut off
 */
export async function readArchive(
  archive: AsyncIterable<Uint8Array>,
  sink: ArchiveSink,
  onLayer: (seen: LayerSeen) => void,
): Promise<ArchiveFiles> {
  const files = new Map<string, ArchiveFile>();
  const links = new Map<string, string>();
  let documents = 0;
  for await (const entry of readTar(decompress(archive), { strict: true })) {
    if (files.size + links.size >= MAX_FILES) throw invalid(`the archive has more than ${MAX_FILES} files`);
    const name = pathOf([], decodeText(entry.name));
    if (entry.type === "symlink" || entry.type === "link") {
      const base = entry.type === "symlink" ? name.split("/").slice(0, -1) : [];
      links.set(name, pathOf(base, decodeText(entry.linkname ?? "")));
      continue;
    }
    if (entry.type !== "file") continue;
    const known = alreadyStored(name, sink);
    const document = known ? undefined : await documentIn(entry);
    if (known) files.set(name, known);
    else if (document?.isJson) {
      documents += document.bytes.byteLength;
      if (documents > MAX_DOCUMENTS) throw invalid("the archive's documents are too large to be of images");
      files.set(name, { kind: "document", bytes: document.bytes, digest: digestOf(document.bytes) });
    } else if (mayBeLayer(name)) {
      const body = document ? once(document.bytes) : entry.body();
      files.set(name, await storeLayer({ name, total: entry.size }, body, sink, onLayer));
    }
  }
  return {
    get(name) {
      let path = pathOf([], name);
      // Old archives name a layer that occurs twice by a link; a circle ends after a few steps.
      for (let hops = 0; hops < 8 && !files.has(path); hops++) path = links.get(path) ?? path;
      return files.get(path);
    },
  };
}

/** A path from the archive's root, `..` and `.` resolved as text; it is only a key. */
function pathOf(base: readonly string[], target: string): string {
  const parts = target.startsWith("/") ? [] : [...base];
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/;

function mayBeLayer(name: string): boolean {
  return BLOB.test(name) || /\.(tar|tgz)(\.\w+)?$/.test(name);
}

/** A layer that is stored need not be read again: what counts is our own copy, which has been verified. */
function alreadyStored(
  name: string,
  { content, layers, lease, diffIdOf }: ArchiveSink,
): ArchiveFile | undefined {
  const digest = digestIn(name);
  if (!digest) return undefined;
  const diffId = layers.has(digest) ? digest : diffIdOf(digest);
  if (!diffId || !layers.has(diffId) || !content.has(digest)) return undefined;
  lease.hold(digest);
  lease.hold(diffId);
  return { kind: "layer", digest, diffId };
}

/** The digest that an OCI layout's file is named by. */
function digestIn(name: string): Digest | undefined {
  const digest = `sha256:${BLOB.exec(name)?.[1]}`;
  return isDigest(digest) ? digest : undefined;
}

/** The whole of a file that is small enough for a document; undefined for what is not. */
async function documentIn(entry: TarEntry): Promise<{ bytes: Uint8Array; isJson: boolean } | undefined> {
  if (entry.size > MAX_DOCUMENT_SIZE) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.body()) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  const first = bytes.find((byte) => byte > 0x20);
  // A layer may begin with a brace too, if its first file's name does.
  const isJson = (first === 0x7b || first === 0x5b) && parseJson(bytes) !== undefined;
  return { bytes, isJson };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** One pass: what came is hashed, kept, decompressed, hashed again and kept. */
async function storeLayer(
  { name, total }: { name: string; total: number },
  body: AsyncIterable<Uint8Array>,
  { content, layers, lean, lease }: ArchiveSink,
  onLayer: (seen: LayerSeen) => void,
): Promise<ArchiveFile> {
  const raw = new Digester();
  let current = 0;
  let writer: PartialBlob | undefined;
  const waiting: Uint8Array[] = [];
  /** Only known when the first bytes have been looked at. */
  let compressed: boolean | undefined;
  async function* counted() {
    for await (const piece of body) {
      if (compressed !== false) raw.update(piece);
      if (compressed === undefined) waiting.push(piece);
      else await writer?.write(piece);
      current += piece.byteLength;
      onLayer({ name, current, total });
      yield piece;
    }
  }
  try {
    const { compression, plain } = await openCompressed(counted());
    // Of plain bytes the store itself tells the digest.
    compressed = compression !== "plain";
    const named = digestIn(name);
    if (compressed && named && !lean) writer = await content.writer(named);
    for (const piece of waiting.splice(0)) await writer?.write(piece);
    const { digest: diffId } = await layers.storeTar(plain, lease);
    const digest = compressed ? raw.digest() : diffId;
    if (named && digest !== named) throw invalid(`${name} is damaged: its content has digest ${digest}`);
    if (writer) {
      lease.hold(digest);
      if (await writer.commit()) lease.made(digest);
    }
    return { kind: "layer", digest, diffId };
  } finally {
    await writer?.close();
  }
}
