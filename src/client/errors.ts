import type { ApiErrorShape, Endpoint } from "./types.ts";

/** The engine answered with an error status; `message` is the server's own text. */
export class ApiError extends Error implements ApiErrorShape {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** No engine answers at the endpoint, or the connection broke before a reply. `code` is the system's errno name. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly code: string | undefined;
  constructor(message: string, options?: { code?: string; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = options?.code;
  }
}

/** An endpoint as people write it: `unix:///run/berth/berth.sock`, `tcp://host:2375`. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === "unix") return `unix://${endpoint.path}`;
  const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
  return `tcp://${host}:${endpoint.port}`;
}

/** Docker's wording for a daemon that is not there: scripts match on "Cannot connect to the ... daemon at". */
export function unreachable(endpoint: Endpoint, code: string | undefined, cause: unknown): ConnectionError {
  const where = formatEndpoint(endpoint);
  const why = cause instanceof Error ? cause.message : String(cause);
  if (code === "EACCES" || code === "EPERM") {
    return new ConnectionError(
      `permission denied while trying to connect to the Berth daemon socket at ${where}: run as root, or as a member of the group that owns the socket`,
      { code, cause },
    );
  }
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    return new ConnectionError(
      `Cannot connect to the Berth daemon at ${where}. Is the berth daemon running?`,
      { code, cause },
    );
  }
  return new ConnectionError(
    `Cannot connect to the Berth daemon at ${where}. Is the berth daemon running? (${code ? `${code}: ` : ""}${why})`,
    { code, cause },
  );
}
