import { invalid } from "../../core/index.ts";
import { type ByteString, fromBytes, toBytes } from "./bytes.ts";

/**
 * Records of a PAX extended header (POSIX.1-2001): `LENGTH KEY=VALUE\n` each. Sparse maps of GNU's format 0.0
 * repeat their keys, so the records stay a list; `lookup` answers with the last one.
 */
export type PaxRecords = readonly (readonly [key: ByteString, value: ByteString])[];

/** @throws invalid */
export function parsePax(data: Uint8Array, where: string): PaxRecords {
  const bad = (why: string) => invalid(`damaged tar archive: ${why} in the PAX header ${where}`);
  const text = fromBytes(data);
  const records: [ByteString, ByteString][] = [];
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(" ", at);
    const digits = space < 0 || space - at > 10 ? "" : text.slice(at, space);
    if (!/^[0-9]+$/.test(digits)) {
      // Some writers pad the header with NULs.
      if (/^\0+$/.test(text.slice(at))) break;
      throw bad("bad record length");
    }
    const end = at + Number(digits);
    if (end <= space + 1 || end > text.length || text[end - 1] !== "\n") throw bad("bad record length");
    const record = text.slice(space + 1, end - 1);
    const equals = record.indexOf("=");
    if (equals < 1) throw bad("record without a key");
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (NAMES.has(key) && value.includes("\0")) throw bad(`NUL byte in ${key}`);
    records.push([key, value]);
    at = end;
  }
  return records;
}

const NAMES = new Set(["path", "linkpath", "uname", "gname", "GNU.sparse.name"]);

/** The value of a key; undefined when it is not there or empty (which means: as if it were not there). */
export function lookup(records: PaxRecords, key: string): ByteString | undefined {
  for (let i = records.length - 1; i >= 0; i--) {
    const [found, value] = records[i] as PaxRecords[number];
    if (found === key) return value === "" ? undefined : value;
  }
  return undefined;
}

export function encodePax(records: PaxRecords): Buffer {
  return toBytes(
    records
      .map(([key, value]) => {
        const rest = key.length + value.length + 3;
        // The length counts its own digits.
        let length = rest + String(rest).length;
        if (rest + String(length).length !== length) length = rest + String(length).length;
        return `${length} ${key}=${value}\n`;
      })
      .join(""),
  );
}

/** A decimal time in seconds as nanoseconds; more than nine digits of fraction are cut off. @throws invalid */
export function parsePaxTime(value: ByteString, where: string): bigint {
  const m = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(value);
  if (!m) throw invalid(`damaged tar archive: bad time ${JSON.stringify(value.slice(0, 40))} ${where}`);
  const nanos = BigInt(m[2] as string) * 1_000_000_000n + BigInt((m[3] ?? "").slice(0, 9).padEnd(9, "0"));
  return m[1] === "-" ? -nanos : nanos;
}

export function formatPaxTime(nanos: bigint): string {
  const sign = nanos < 0n ? "-" : "";
  const n = nanos < 0n ? -nanos : nanos;
  const fraction = String(n % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${sign}${n / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A whole number of a PAX record. @throws invalid */
export function parsePaxInteger(value: ByteString, what: string, where: string): number {
  const number = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) {
    throw invalid(
      `damaged tar archive: bad ${what} ${JSON.stringify(value.slice(0, 40))} in the PAX header ${where}`,
    );
  }
  return number;
}
