import { invalid } from "../../core/index.ts";
import type { Segment } from "./entry.ts";
import { BLOCK, parseNumber, type RawHeader } from "./header.ts";
import { lookup, type PaxRecords, parsePaxInteger } from "./pax.ts";
import type { Source } from "./source.ts";

/** A sparse file as GNU tar writes it, in any of its four forms. */
export interface SparseMap {
  readonly size: number;
  readonly segments: readonly Segment[];
}

/** More parts than this are refused: a map is held in memory. */
const MAX_SEGMENTS = 1 << 16;

/** True for a file whose entry has a map. */
export function isSparse(raw: RawHeader, pax: PaxRecords): boolean {
  return (
    (raw.flag === "S" && raw.gnu) ||
    ["GNU.sparse.realsize", "GNU.sparse.size", "GNU.sparse.major"].some(
      (key) => lookup(pax, key) !== undefined,
    )
  );
}

/** Reads the map of a sparse file. May take it from the entry's data. */
export async function readSparseMap(
  block: Uint8Array,
  raw: RawHeader,
  pax: PaxRecords,
  source: Source,
  where: string,
): Promise<{ map: SparseMap; dataTaken: number }> {
  const integer = (value: string) => parsePaxInteger(value, "sparse map", where);
  if (raw.flag === "S" && raw.gnu)
    return { map: check(await oldGnuMap(block, source, where), where), dataTaken: 0 };
  const size = lookup(pax, "GNU.sparse.realsize") ?? lookup(pax, "GNU.sparse.size");
  const major = lookup(pax, "GNU.sparse.major");
  if (size === undefined) throw bad(where, "without a size");
  if (major === "1" && lookup(pax, "GNU.sparse.minor") === "0") {
    const { segments, taken } = await mapInData(source, where);
    return { map: check({ size: integer(size), segments }, where), dataTaken: taken };
  }
  if (major !== undefined && major !== "0") throw bad(where, `of unknown version ${major}`);
  const inline = lookup(pax, "GNU.sparse.map");
  const numbers = inline
    ? inline.split(",").map(integer)
    : pax
        .filter(([key]) => key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes")
        .map(([, value]) => integer(value));
  return { map: check({ size: integer(size), segments: pairs(numbers, where) }, where), dataTaken: 0 };
}

/** The map's data length must be what the header says is stored. */
export function storedBytes(map: SparseMap): number {
  return map.segments.reduce((sum, segment) => sum + segment.length, 0);
}

function bad(where: string, why: string) {
  return invalid(`damaged tar archive: sparse map ${why} ${where}`);
}

function pairs(numbers: readonly number[], where: string): Segment[] {
  if (numbers.length % 2 !== 0) throw bad(where, "with an odd count of numbers");
  if (numbers.length / 2 > MAX_SEGMENTS) throw bad(where, "with too many parts");
  const segments: Segment[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    segments.push({ offset: numbers[i] as number, length: numbers[i + 1] as number });
  }
  return segments;
}

function check(map: SparseMap, where: string): SparseMap {
  let end = 0;
  if (map.size < 0) throw bad(where, "with a negative size");
  for (const { offset, length } of map.segments) {
    if (offset < end || length < 0) throw bad(where, "whose parts overlap");
    end = offset + length;
    if (end > map.size) throw bad(where, "that reaches past the end of the file");
  }
  return map;
}

/** Four parts in the header block, then blocks of 21 while a flag says that more follow. */
async function oldGnuMap(block: Uint8Array, source: Source, where: string): Promise<SparseMap> {
  const segments: Segment[] = [];
  const collect = (from: Uint8Array, at: number, count: number) => {
    for (let i = 0; i < count; i++) {
      const offset = parseNumber(from, at + i * 24, 12, "sparse map", where);
      const length = parseNumber(from, at + i * 24 + 12, 12, "sparse map", where);
      if (offset === 0 && length === 0) return;
      if (segments.length === MAX_SEGMENTS) throw bad(where, "with too many parts");
      segments.push({ offset, length });
    }
  };
  const size = parseNumber(block, 483, 12, "size", where);
  collect(block, 386, 4);
  for (let more = block[482] !== 0; more; ) {
    const next = await source.take(BLOCK, `the sparse map ${where}`);
    if (!next) throw bad(where, "that is cut off");
    collect(next, 0, 21);
    more = next[504] !== 0;
  }
  return { size, segments };
}

/** Format 1.0: decimal numbers, one a line, at the start of the data, padded to whole blocks. */
async function mapInData(
  source: Source,
  where: string,
): Promise<{ segments: readonly Segment[]; taken: number }> {
  let taken = 0;
  const numbers: number[] = [];
  let line = "";
  let wanted = 1;
  while (numbers.length < wanted) {
    const block = await source.take(BLOCK, `the sparse map ${where}`);
    if (!block) throw bad(where, "that is cut off");
    taken += BLOCK;
    for (const byte of block) {
      if (byte !== 0x0a) {
        line += String.fromCharCode(byte);
        if (line.length > 20) throw bad(where, "with a bad number");
        continue;
      }
      numbers.push(parsePaxInteger(line, "sparse map", where));
      line = "";
      if (numbers.length === 1) {
        wanted = 1 + 2 * (numbers[0] as number);
        if ((numbers[0] as number) > MAX_SEGMENTS) throw bad(where, "with too many parts");
      }
      if (numbers.length === wanted) break;
    }
  }
  return { segments: pairs(numbers.slice(1), where), taken };
}
