import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { createClient } from "./client.ts";

const openssl = Bun.which("openssl");
const directory = mkdtempSync(join(tmpdir(), "berth-tls-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A certificate for 127.0.0.1 that signs itself. */
function certificate(name: string): { cert: string; key: string } {
  const cert = join(directory, `${name}.pem`);
  const key = join(directory, `${name}-key.pem`);
  const made = Bun.spawnSync([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-keyout", key, "-out", cert],
  ]);
  if (!made.success) throw new Error(made.stderr.toString());
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

// Without the openssl program there is no certificate to test with.
test.skipIf(!openssl)(
  "TLS: a known certificate is taken, an unknown one refused, and ours is shown",
  async () => {
    const own = certificate("server");
    const us = certificate("client");
    let peer = "";
    const server = createServer({ ...own, requestCert: true, rejectUnauthorized: false }, (socket) => {
      peer = String(socket.getPeerCertificate().subject?.CN ?? "");
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    });
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const ask = async (tls: object) => {
      const client = createClient({ kind: "tcp", host: "127.0.0.1", port, tls: { verify: true, ...tls } });
      try {
        return await client.text("GET", "/x");
      } finally {
        client.close();
      }
    };
    try {
      expect(await ask({ ca: own.cert, ...us })).toBe("ok");
      expect(peer).toBe("127.0.0.1");
      expect(await ask({ verify: false })).toBe("ok");
      await expect(ask({})).rejects.toThrow("Cannot connect to the Berth daemon at tcp://127.0.0.1");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  },
);
