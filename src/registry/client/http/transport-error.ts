/** What went wrong between here and a server, before there was a whole reply. */
export type TransportFault =
  /** No connection: no such host, refused, no route, too slow. */
  | "connect"
  /** Its certificate is not to be trusted, or it does not trust ours. */
  | "certificate"
  /** What listens there does not speak TLS. */
  | "tls"
  /** The connection ended in the middle. */
  | "cut"
  /** Nothing moved for too long. */
  | "stalled"
  /** What came is not HTTP/1.1. */
  | "malformed";

export class TransportError extends Error {
  override readonly name = "TransportError";
  constructor(
    readonly fault: TransportFault,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

const CERTIFICATE =
  /CERT|SIGNED|ISSUER|ALTNAME|CRL|INVALID_CA|PATH_LENGTH|PURPOSE|UNTRUSTED|REJECTED|HOSTNAME/i;

/** The words of Go's net package for errors of connecting, because people look for those, and what to do about them. */
const WORDS: Record<string, string> = {
  ENOTFOUND:
    "no such host: check the name of the registry, and this machine's network, DNS and proxy settings",
  ECONNREFUSED: "connection refused: is a registry running there?",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** The error of a connection that did not come about. @param where host and port */
export function connectError(where: string, error: Error & { code?: string }): TransportError {
  if (error instanceof TransportError) return error;
  const code = error.code ?? "";
  if (code in WORDS) return new TransportError("connect", `dial ${where}: ${WORDS[code]}`, error);
  if (CERTIFICATE.test(code)) {
    return new TransportError(
      "certificate",
      `tls: failed to verify certificate of ${where}: ${error.message}: put the certificate of its authority into the certificate directory as ${where}/ca.crt, or name it among the insecure registries`,
      error,
    );
  }
  if (code.includes("SSL") || code.includes("TLS")) {
    return new TransportError("tls", `tls: handshake with ${where} failed: ${error.message}`, error);
  }
  return new TransportError("connect", `dial ${where}: ${error.message}`, error);
}

/** The error of a connection that broke after it had come about. */
export function connectionLost(where: string, error: Error & { code?: string }): TransportError {
  // With TLS 1.3 a server refuses a client's certificate, or that there is none, only after the handshake.
  if (/ALERT.*(CERTIFICATE|CA)/.test(error.code ?? "")) {
    return new TransportError(
      "certificate",
      `tls: ${where} wants a client certificate that it knows: ${error.message}`,
      error,
    );
  }
  return new TransportError("cut", `connection to ${where} lost: ${error.message}`, error);
}
