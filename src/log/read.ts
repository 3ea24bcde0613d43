import { type Chunk, readChunks } from "./chunks.ts";
import { LineFilter } from "./filter.ts";
import { FRAME_HEADER, writeFrameHeader } from "./frame.ts";
import { contentEnd, emptyLine, type Line, lineTime, parseLine } from "./line.ts";
import { fixedStamp, isUtcStamp } from "./time-bound.ts";
import type { LogReadOptions, LogRecord } from "./types.ts";

const NEWLINE = 0x0a;

/**
 * The records of a container's log (conmon's k8s-file), oldest first; none when there is no such file. The data of all
 * records of a stream, put together, are the bytes the process wrote. Lines that are not in the format are left out.
 */
export async function* readLog(path: string, options: LogReadOptions): AsyncGenerator<LogRecord> {
  for await (const records of readLogChunks(path, options)) yield* records;
}

/** The same, many records at a time: one turn of the loop for each 256 KiB of the file. */
export async function* readLogChunks(path: string, options: LogReadOptions): AsyncGenerator<LogRecord[]> {
  const filter = new LineFilter(options);
  for await (const chunk of readChunks(path, options, false)) {
    const records: LogRecord[] = [];
    scan(chunk, filter, (bytes, line) => records.push(new BufferedRecord(bytes, { ...line })));
    if (records.length > 0) yield records;
  }
}

export interface FrameOptions {
  /** Docker's stream frames; without it the bare bytes, as for a terminal. */
  readonly framed: boolean;
  /** Each line begins with its time: RFC 3339, UTC, nanoseconds, and a space. */
  readonly timestamps: boolean;
  /** Bytes that follow the time at each line's beginning. */
  readonly prefix?: Uint8Array;
}

/** The same as bytes ready to be sent: one piece for each 256 KiB of the file. */
export async function* readLogFrames(
  path: string,
  options: LogReadOptions,
  frames: FrameOptions,
): AsyncGenerator<Uint8Array> {
  const filter = new LineFilter(options);
  const writer = new FrameWriter(frames);
  for await (const chunk of readChunks(path, options, true)) {
    scan(chunk, filter, (bytes, line) => writer.add(bytes, line));
    const out = writer.take();
    if (out.byteLength > 0) yield out;
  }
}

/** Calls `visit` for each wanted record of a chunk; the line is only good during the call. */
function scan(chunk: Chunk, filter: LineFilter, visit: (bytes: Buffer, line: Line) => void): void {
  const { bytes, offset, from } = chunk;
  const line = emptyLine();
  for (let start = 0; start < bytes.length; start = line.newline + 1) {
    const newline = bytes.indexOf(NEWLINE, start);
    if (!parseLine(bytes, start, newline, line)) {
      line.newline = newline;
      continue;
    }
    if (filter.isTooLate(bytes, line)) {
      chunk.done = true;
      return;
    }
    if (offset + start < (line.stderr ? from.stderr : from.stdout)) continue;
    if (filter.wants(bytes, line)) visit(bytes, line);
  }
}

/** Time and data are made when they are asked for: most readers want one of them. */
class BufferedRecord implements LogRecord {
  constructor(
    private readonly bytes: Buffer,
    private readonly line: Line,
  ) {}

  get stream(): "stdout" | "stderr" {
    return this.line.stderr ? "stderr" : "stdout";
  }

  get time(): bigint {
    return lineTime(this.bytes, this.line);
  }

  get data(): Uint8Array {
    return this.bytes.subarray(this.line.content, contentEnd(this.line));
  }

  get partial(): boolean {
    return this.line.partial;
  }
}

/** `2026-01-02T03:04:05.123456789Z ` */
const STAMP = 29;
const STAMP_AND_SPACE = STAMP + 2;
const UPPER_Z = 0x5a;
const SPACE = 0x20;
const SHORT = 48;

class FrameWriter {
  #out = Buffer.allocUnsafe(64 * 1024);
  #length = 0;
  /** The stream's last record was a piece: its line goes on. */
  readonly #open = { stdout: false, stderr: false };
  readonly #prefix: Uint8Array;
  readonly #extra: number;

  constructor(private readonly options: FrameOptions) {
    this.#prefix = options.prefix ?? new Uint8Array(0);
    this.#extra = (options.timestamps ? STAMP_AND_SPACE : 0) + this.#prefix.byteLength;
  }

  add(bytes: Buffer, line: Line): void {
    const stream = line.stderr ? "stderr" : "stdout";
    const end = contentEnd(line);
    const extra = this.#open[stream] ? 0 : this.#extra;
    this.#open[stream] = line.partial;
    const length = extra + end - line.content;
    if (length === 0) return;
    this.#reserve(FRAME_HEADER + length);
    if (this.options.framed) {
      writeFrameHeader(this.#out, this.#length, stream, length);
      this.#length += FRAME_HEADER;
    }
    if (extra > 0) this.#writeExtra(bytes, line);
    this.#copy(bytes, line.content, end);
  }

  /** What was added since the last time. */
  take(): Uint8Array {
    const out = this.#out.subarray(0, this.#length);
    this.#out = Buffer.allocUnsafe(Math.max(64 * 1024, this.#length));
    this.#length = 0;
    return out;
  }

  #writeExtra(bytes: Buffer, line: Line): void {
    if (this.options.timestamps) {
      if (isUtcStamp(bytes, line)) this.#copy(bytes, line.start, line.start + STAMP);
      else this.#length += this.#out.write(fixedStamp(lineTime(bytes, line)), this.#length, "latin1");
      this.#out[this.#length++] = UPPER_Z;
      this.#out[this.#length++] = SPACE;
    }
    this.#out.set(this.#prefix, this.#length);
    this.#length += this.#prefix.byteLength;
  }

  /** For the few bytes of most lines a loop is faster than a call. */
  #copy(bytes: Buffer, start: number, end: number): void {
    const out = this.#out;
    let at = this.#length;
    if (end - start <= SHORT) for (let i = start; i < end; i++) out[at++] = bytes[i] as number;
    else at += bytes.copy(out, at, start, end);
    this.#length = at;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#out.length * 2, this.#length + more));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }
}
