import { invalid, unsupported } from "../../core/index.ts";
import { type ByteString, show } from "./bytes.ts";
import type { Segment, TarHeader, TarType } from "./entry.ts";
import { untilNul, withoutTrailingSlash, xattrsOf, zeros } from "./entry-fields.ts";
import { FileSource } from "./file-source.ts";
import { BLOCK, isZeroBlock, parseHeader, type RawHeader } from "./header.ts";
import { lookup, type PaxRecords, parsePax, parsePaxInteger, parsePaxTime } from "./pax.ts";
import { ByteSource, type Source, truncated } from "./source.ts";
import { isSparse, readSparseMap, type SparseMap, storedBytes } from "./sparse.ts";

/** An entry being read. Its content is read at most once, before the next entry is asked for; unread content is skipped. */
export interface TarEntry extends TarHeader {
  /** Bytes of the archive before this entry's header. */
  readonly position: number;
  /** Bytes of the archive before the entry's stored content: whole blocks of 512. */
  readonly dataPosition: number;
  /** Only for a sparse file: the parts that have data, ascending. */
  readonly segments?: readonly Segment[];
  /** The content, holes filled with zeros. */
  body(): AsyncIterable<Uint8Array>;
  /** The content without holes, each piece with its place in the file. */
  pieces(): AsyncIterable<{ offset: number; bytes: Uint8Array }>;
}

/** PAX headers and GNU long names larger than this are refused, as Go's archive/tar does. */
const MAX_EXTENSION = 1 << 20;
const TYPES: Readonly<Record<string, TarType>> = {
  "0": "file",
  "7": "file",
  S: "file",
  "1": "link",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  D: "directory",
  "6": "fifo",
};

/**
 * Reads a plain tar: v7, ustar, PAX and GNU forms, in bounded memory. After the end marker the rest of the stream is
 * read and ignored. With `strict`, an archive without an end marker is refused; else it may end after any entry.
 * @throws invalid (with the entry and the byte) for anything damaged or cut off
 */
export function readTar(
  stream: AsyncIterable<Uint8Array>,
  options: { strict?: boolean } = {},
): AsyncGenerator<TarEntry, void, void> {
  return entriesIn(() => new ByteSource(stream), options.strict ?? false);
}

/** The same of a file that does not change meanwhile; content that is not asked for is not read. */
export function readTarFile(path: string): AsyncGenerator<TarEntry, void, void> {
  return entriesIn(() => new FileSource(path), false);
}

async function* entriesIn(open: () => Source, strict: boolean): AsyncGenerator<TarEntry, void, void> {
  const source = open();
  const reader = new Reader(source, strict);
  try {
    for (;;) {
      const entry = await reader.next();
      if (!entry) return;
      yield entry;
    }
  } finally {
    await source.close();
  }
}

interface Extensions {
  pax: PaxRecords;
  longName?: ByteString;
  longLink?: ByteString;
}

class Reader {
  #left = 0;
  #padding = 0;
  /** What is being read, for errors. */
  #current = () => "the archive";

  constructor(
    private readonly source: Source,
    private readonly strict: boolean,
  ) {}

  async next(): Promise<TarEntry | undefined> {
    const extensions: Extensions = { pax: [] };
    let extended = false;
    for (;;) {
      await this.#finish();
      const position = this.source.offset;
      const where = `at byte ${position}`;
      const block = this.source.takeNow(BLOCK) ?? (await this.source.take(BLOCK, `the header ${where}`));
      if (!block || isZeroBlock(block)) {
        if (extended) throw invalid(`damaged tar archive: an extended header without an entry ${where}`);
        if (!block && this.strict) throw invalid(`tar archive is truncated: no end marker ${where}`);
        await this.source.drain();
        return undefined;
      }
      const raw = parseHeader(block, where);
      this.#current = () => `the entry ${where}`;
      if (raw.size < 0) throw invalid(`damaged tar archive: negative size in the header ${where}`);
      switch (raw.flag) {
        case "x":
        case "X":
          extensions.pax = parsePax(await this.#extension(raw, where), where);
          extended = true;
          break;
        case "g":
          // Defaults for later entries; Docker ignores them too. Read only so that damage shows.
          parsePax(await this.#extension(raw, where), where);
          break;
        case "L":
          extensions.longName = untilNul(await this.#extension(raw, where));
          extended = true;
          break;
        case "K":
          extensions.longLink = untilNul(await this.#extension(raw, where));
          extended = true;
          break;
        case "V":
          this.#expect(raw.size);
          break;
        default:
          return this.#entry(block, raw, extensions, position);
      }
    }
  }

  async #entry(
    block: Uint8Array,
    raw: RawHeader,
    { pax, longName, longLink }: Extensions,
    position: number,
  ): Promise<TarEntry> {
    const written =
      lookup(pax, "GNU.sparse.name") ?? lookup(pax, "path") ?? longName ?? (raw.name as ByteString);
    const where = () => `of ${show(written)} at byte ${position}`;
    this.#current = () => show(written);
    const integer = (key: string, otherwise: number) => {
      const value = lookup(pax, key);
      return value === undefined ? otherwise : parsePaxInteger(value, key, where());
    };
    const known = TYPES[raw.flag];
    if (known === undefined) {
      throw unsupported(
        `tar entry ${where()}: entries of type ${JSON.stringify(raw.flag)} are not supported`,
      );
    }
    const name = withoutTrailingSlash(written);
    // In v7 archives a directory is a file whose name ends with a slash.
    const type = known === "file" && name !== written ? "directory" : known;
    const uid = integer("uid", raw.uid);
    const gid = integer("gid", raw.gid);
    for (const id of [uid, gid]) {
      if (id < 0 || id > 0xfffffffe) throw invalid(`damaged tar archive: bad owner ${id} ${where()}`);
    }
    const stored = integer("size", raw.size);
    // Only files (and GNU's directory dumps) have data, whatever their size field says: as Go's archive/tar reads it.
    this.#expect(type === "file" || raw.flag === "D" ? stored : 0);
    const sparse =
      type === "file" && isSparse(raw, pax) ? await this.#sparse(block, raw, pax, where()) : undefined;
    const segments = sparse?.segments;
    const size = sparse?.size ?? (type === "file" ? stored : 0);
    const mtime = lookup(pax, "mtime");
    const entry: { -readonly [Key in keyof TarEntry]: TarEntry[Key] } = {
      name,
      type,
      mode: raw.mode,
      uid,
      gid,
      size,
      mtime: mtime === undefined ? BigInt(raw.mtime) * 1_000_000_000n : parsePaxTime(mtime, where()),
      position,
      dataPosition: this.source.offset,
      body: () => (segments ? this.#filled(segments, size) : this.#data()),
      pieces: () => this.#pieces(segments ?? [{ offset: 0, length: size }]),
    };
    const uname = lookup(pax, "uname") ?? raw.uname;
    if (uname !== "") entry.uname = uname;
    const gname = lookup(pax, "gname") ?? raw.gname;
    if (gname !== "") entry.gname = gname;
    if (type === "symlink" || type === "link") {
      entry.linkname = lookup(pax, "linkpath") ?? longLink ?? raw.linkname;
    }
    if (type === "char" || type === "block") {
      entry.major = raw.major;
      entry.minor = raw.minor;
    }
    const xattrs = xattrsOf(pax);
    if (xattrs) entry.xattrs = xattrs;
    if (segments) entry.segments = segments;
    return entry;
  }

  /** The map of a sparse file; what is left to read is what the map says is stored. */
  async #sparse(block: Uint8Array, raw: RawHeader, pax: PaxRecords, where: string): Promise<SparseMap> {
    const { map, dataTaken } = await readSparseMap(block, raw, pax, this.source, where);
    this.#left -= dataTaken;
    if (this.#left !== storedBytes(map)) {
      throw invalid(`damaged tar archive: sparse map does not fit the stored size ${where}`);
    }
    return map;
  }

  /** The next `size` bytes are the entry's data. */
  #expect(size: number): void {
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
  }

  async #finish(): Promise<void> {
    const [left, padding] = [this.#left, this.#padding];
    if (left + padding === 0) return;
    this.#left = 0;
    this.#padding = 0;
    if (this.source.skipNow(left + padding)) return;
    await this.source.skip(left, this.#current());
    // Writers that never close their archive (docker build with a Dockerfile from elsewhere) also leave out the filling
    // behind the last entry.
    if (!(await this.source.skipFilling(padding)) && this.strict) {
      throw truncated(this.#current(), this.source.offset);
    }
  }

  async #extension(raw: RawHeader, where: string): Promise<Uint8Array> {
    if (raw.size > MAX_EXTENSION) {
      throw invalid(`damaged tar archive: extended header of ${raw.size} bytes ${where}`);
    }
    this.#expect(raw.size);
    if (raw.size === 0) return new Uint8Array(0);
    const data = await this.source.take(raw.size, this.#current());
    if (!data) throw invalid(`tar archive is truncated in ${this.#current()}`);
    this.#left = 0;
    return data;
  }

  async *#data(): AsyncGenerator<Uint8Array, void, void> {
    while (this.#left > 0) {
      const part = await this.source.some(this.#left, this.#current());
      this.#left -= part.byteLength;
      yield part;
    }
  }

  async *#pieces(segments: readonly Segment[]) {
    for (const segment of segments) {
      for (let done = 0; done < segment.length; ) {
        const bytes = await this.source.some(segment.length - done, this.#current());
        this.#left -= bytes.byteLength;
        yield { offset: segment.offset + done, bytes };
        done += bytes.byteLength;
      }
    }
  }

  async *#filled(segments: readonly Segment[], size: number): AsyncGenerator<Uint8Array, void, void> {
    let at = 0;
    for await (const { offset, bytes } of this.#pieces(segments)) {
      yield* zeros(offset - at);
      yield bytes;
      at = offset + bytes.byteLength;
    }
    yield* zeros(size - at);
  }
}
