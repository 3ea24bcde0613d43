import { HttpError } from "./http-error.ts";

const SIZE_LINE_LIMIT = 4096;
const TRAILER_LIMIT = 16 * 1024;
const CR = 13;
const LF = 10;

const bad = (detail: string) => new HttpError(400, `400 Bad Request: ${detail}`);

/** Decodes the chunked transfer coding (RFC 9112 section 7.1), fed in pieces cut anywhere. Trailers are dropped. */
export class ChunkedDecoder {
  /** The last chunk and its trailers have been seen. */
  done = false;
  /** What followed the end, in the piece that held it. */
  rest: Buffer = Buffer.alloc(0);

  #state: "size" | "data" | "data-end" | "trailer" = "size";
  #line = "";
  #left = 0;
  #trailerBytes = 0;

  /** The payload found in this piece, in parts that share its memory. @throws HttpError */
  feed(piece: Buffer): Buffer[] {
    const parts: Buffer[] = [];
    let at = 0;
    while (at < piece.length && !this.done) {
      if (this.#state === "data") {
        const end = Math.min(piece.length, at + this.#left);
        parts.push(piece.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = "data-end";
      } else {
        at = this.#feedLine(piece, at);
      }
    }
    if (this.done) this.rest = piece.subarray(at);
    return parts;
  }

  /** Reads up to the next line end, and acts on the line when it is whole. Returns where to go on. */
  #feedLine(piece: Buffer, at: number): number {
    const newline = piece.indexOf(LF, at);
    const end = newline < 0 ? piece.length : newline + 1;
    this.#line += piece.toString("latin1", at, end);
    if (this.#line.length > SIZE_LINE_LIMIT) throw bad("chunk line too long");
    if (newline < 0) return end;
    const line = this.#line;
    this.#line = "";
    if (line.charCodeAt(line.length - 2) !== CR) throw bad("malformed chunked encoding");
    this.#lineRead(line.slice(0, -2));
    return end;
  }

  #lineRead(line: string): void {
    if (this.#state === "data-end") {
      if (line !== "") throw bad("malformed chunked encoding");
      this.#state = "size";
    } else if (this.#state === "size") {
      const size = /^([0-9a-fA-F]{1,13})[ \t]*(?:;.*)?$/.exec(line)?.[1];
      if (size === undefined) throw bad("malformed chunk size");
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? "trailer" : "data";
    } else {
      this.#trailerBytes += line.length + 2;
      if (this.#trailerBytes > TRAILER_LIMIT) throw bad("trailers too long");
      if (line === "") this.done = true;
    }
  }
}
