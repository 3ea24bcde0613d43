import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate that signs itself, for 127.0.0.1, localhost and registry.test; usable by a server and a client. */
export interface Certificate {
  readonly certPath: string;
  readonly keyPath: string;
  /** PEM */
  readonly cert: string;
  readonly key: string;
}

/** Made by the openssl program, as files `NAME.pem` and `NAME-key.pem` in `directory`. */
export function makeCertificate(directory: string, name: string): Certificate {
  const certPath = join(directory, `${name}.pem`);
  const keyPath = join(directory, `${name}-key.pem`);
  const made = Bun.spawnSync([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "2", "-subj", `/CN=${name}`, "-keyout", keyPath, "-out", certPath],
    ...["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:registry.test"],
  ]);
  if (!made.success) throw new Error(made.stderr.toString());
  return { certPath, keyPath, cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8") };
}
