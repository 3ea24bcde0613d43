/** A layer whose tar an EROFS index cannot describe, or only with too much memory. It must be unpacked instead. */
export class NotExpressible extends Error {
  override readonly name = "NotExpressible";
}
