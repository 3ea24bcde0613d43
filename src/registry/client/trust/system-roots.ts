import { readFileSync } from "node:fs";

/** Where distributions keep the certificate authorities they trust, all in one file. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** The system's certificate authorities, or SSL_CERT_FILE's, as PEM texts; undefined where there are none. */
export function systemRoots(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] | undefined {
  const named = environment.SSL_CERT_FILE;
  for (const path of named ? [named] : BUNDLES) {
    try {
      return [readFileSync(path, "utf8")];
    } catch {
      // Another distribution's place.
    }
  }
  return undefined;
}
