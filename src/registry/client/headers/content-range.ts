/** Bytes `start` to `end` (inclusive) of `total`, which is undefined where it was not told. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
  readonly total: number | undefined;
}

/** `Content-Range: bytes 5-9/10` of a 206 reply (RFC 9110, section 14.4); undefined when it is not one. */
export function parseContentRange(header: string | undefined): ByteRange | undefined {
  const m = /^bytes\s+(\d{1,15})-(\d{1,15})\/(?:(\d{1,15})|\*)$/i.exec(header?.trim() ?? "");
  if (!m) return undefined;
  const range = {
    start: Number(m[1]),
    end: Number(m[2]),
    total: m[3] === undefined ? undefined : Number(m[3]),
  };
  const sound = range.start <= range.end && (range.total === undefined || range.end < range.total);
  return sound ? range : undefined;
}

/**
 * The last byte a registry has of an upload, from `Range: 0-N` (OCI distribution 1.1, "Pushing a blob in chunks");
 * undefined when it does not say.
 */
export function parseUploadRange(header: string | undefined): number | undefined {
  const m = /^(?:bytes=)?0-(\d{1,15})$/.exec(header?.trim() ?? "");
  return m ? Number(m[1]) : undefined;
}
