import { invalid } from "../../core/index.ts";
import type { BuildContext } from "./build-context.ts";
import { BLOCK } from "./tar-header.ts";
import { tarStream } from "./tar-stream.ts";

export type ByteSource = AsyncIterable<Uint8Array>;

const MAGIC: readonly (readonly number[])[] = [
  [0x1f, 0x8b, 0x08],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/**
 * Standard input as build context: an archive, compressed or not, passes as it is; anything else is a Dockerfile, and
 * the context holds nothing more. @throws invalid when that Dockerfile comes with `--file`
 */
export async function stdinContext(stdin: ByteSource, file: string | undefined): Promise<BuildContext> {
  const iterator = stdin[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  while (head.length < BLOCK && !ended) {
    const next = await iterator.next();
    ended = next.done === true;
    if (!next.done) head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  if (isArchive(head)) return { dockerfile: file, archive: resume(head, iterator) };
  if (file !== undefined) {
    throw invalid("ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles");
  }
  const content = await readAll(resume(head, iterator));
  const name = new TextEncoder().encode("Dockerfile");
  const entry = { name, type: "file" as const, mode: 0o600, mtime: 0, size: content.length, content };
  return { dockerfile: "Dockerfile", archive: asynchronous(tarStream([entry])) };
}

export async function readAll(source: ByteSource): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* resume(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* asynchronous<T>(source: Iterable<T>): AsyncGenerator<T> {
  yield* source;
}

function isArchive(head: Uint8Array): boolean {
  return MAGIC.some((magic) => magic.every((byte, index) => head[index] === byte)) || isTarHeader(head);
}

/** A tar header's checksum counts its own eight bytes as blanks; no text has it by chance. */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  const written = Number.parseInt(Buffer.from(head.subarray(148, 156)).toString("latin1").trim(), 8);
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : (head[at] ?? 0);
  return sum === written;
}
