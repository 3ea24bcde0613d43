/**
 * The one error class of the engine. Rooms say what kind of failure it is; only `src/api` turns a kind
 * into an HTTP status, and nobody ever matches on the message.
 */
export type ErrorKind =
  /** The named thing does not exist. */
  | "notFound"
  /** The request contradicts the present state (name in use, container running). */
  | "conflict"
  /** The caller's input is wrong. */
  | "invalid"
  /** A part the engine needs is missing or does not answer (kernel feature, program, disk). */
  | "unavailable"
  /** The caller may not do this. */
  | "denied"
  /** The engine does not offer this. */
  | "unsupported"
  /** A fault of the engine's own. */
  | "internal";

export class BerthError extends Error {
  override readonly name = "BerthError";
  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

const make = (kind: ErrorKind) => (message: string, cause?: unknown) =>
  new BerthError(kind, message, cause === undefined ? undefined : { cause });

export const notFound = make("notFound");
export const conflict = make("conflict");
export const invalid = make("invalid");
export const unavailable = make("unavailable");
export const denied = make("denied");
export const unsupported = make("unsupported");
export const internal = make("internal");

/** True when `error` is a BerthError of this kind. */
export function isKind(error: unknown, kind: ErrorKind): error is BerthError {
  return error instanceof BerthError && error.kind === kind;
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The errno name of a Node or Bun system error ("ENOENT"), if it is one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
