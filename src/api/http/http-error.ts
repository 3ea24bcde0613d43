/** A request that HTTP itself refuses, before any handler has seen it; the connection ends with the reply. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
