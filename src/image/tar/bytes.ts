/**
 * Names in a tar are bytes, not text: a path on Linux need not be UTF-8. Inside the engine such a name is a
 * string in which every character is one byte (Latin-1), so that joining, comparing and using it as a map key
 * need no conversions and lose nothing. Sorting these strings sorts by byte value.
 */
export type ByteString = string;

const decoder = new TextDecoder("utf-8", { fatal: false });

export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function toBytes(text: ByteString): Buffer {
  return Buffer.from(text, "latin1");
}

/** The bytes of ordinary text (UTF-8). */
export function encodeText(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** The text to show to people; bytes that are not UTF-8 become U+FFFD. */
export function decodeText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : decoder.decode(toBytes(bytes));
}

/** The name as `node:fs` takes it: a string where that means the same bytes, else the bytes. */
export function fsPath(path: ByteString): string | Buffer {
  return isAscii(path) ? path : toBytes(path);
}

export function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

/** For error messages: quoted, one line, at most 200 characters. */
export function show(name: ByteString): string {
  const text = decodeText(name);
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
