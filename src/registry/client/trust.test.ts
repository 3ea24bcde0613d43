import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../testing/certificate.ts";
import {
  blobOf,
  collect,
  pushImage,
  randomBytes,
  testClient,
  unhurried,
  withoutRegistry,
} from "../testing/client-support.ts";
import { startConnectProxy } from "../testing/connect-proxy.ts";
import { startFaultyProxy } from "../testing/faulty-proxy.ts";
import { startRegistry, type TestRegistry } from "../testing/start-registry.ts";

const signal = unhurried();
/** A name outside of loopback, which only a test's proxy knows. */
const NAME = "registry.test";

describe.skipIf(withoutRegistry)("TLS and proxies", () => {
  let secure: TestRegistry;
  let plain: TestRegistry;
  const directory = mkdtempSync(join(tmpdir(), "berth-certs-"));
  const folder = (name: string) => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  beforeAll(async () => {
    [secure, plain] = await Promise.all([startRegistry({ tls: true }), startRegistry()]);
    copyFileSync(secure.certificate?.certPath as string, join(folder(`a/${NAME}`), "ca.crt"));
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await Promise.all([secure[Symbol.asyncDispose](), plain[Symbol.asyncDispose]()]);
  });
  const certificates = [join(directory, "absent"), join(directory, "a")];
  const viaProxy = (proxy: string, more: object = {}) => ({ HTTPS_PROXY: proxy, http_proxy: proxy, ...more });

  test("loopback is insecure: an unknown certificate and plain HTTP both do", async () => {
    const { repository } = testClient();
    for (const host of [secure.host, plain.host, `localhost:${plain.port}`]) {
      const image = await pushImage(repository(host, "loop/back"), "v1");
      expect(await collect(repository(host, "loop/back").blob(image.layer, 0, signal))).toHaveLength(1000);
    }
  });

  test("elsewhere the certificate counts: known by the directory, passed over when insecure, else refused", async () => {
    await using proxy = await startConnectProxy({ [NAME]: secure.host });
    const environment = viaProxy(proxy.url);
    const known = testClient({ environment, certificates });
    await pushImage(known.repository(NAME), "v1");
    const insecure = testClient({ environment, insecure: [NAME] });
    await insecure.repository(NAME).manifest("v1", signal);
    const refused = testClient({ environment }).repository(NAME).manifest("v1", signal);
    await expect(refused).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/failed to verify certificate of registry\.test:443/),
    });
    expect(proxy.connected.every((target) => target === `${NAME}:443`)).toBe(true);
  });

  test("a certificate for another name is refused", async () => {
    await using proxy = await startConnectProxy({ "other.test": secure.host });
    copyFileSync(secure.certificate?.certPath as string, join(folder("a/other.test"), "ca.crt"));
    const { repository } = testClient({ environment: viaProxy(proxy.url), certificates });
    await expect(repository("other.test").manifest("v1", signal)).rejects.toThrow(
      "failed to verify certificate",
    );
  });

  test("plain HTTP elsewhere: only where the settings say insecure", async () => {
    await using proxy = await startConnectProxy({ [NAME]: plain.host });
    const environment = viaProxy(proxy.url);
    const insecure = testClient({ environment, insecure: [NAME] });
    const image = await pushImage(insecure.repository(NAME), "v1");
    expect(await collect(insecure.repository(NAME).blob(image.layer, 500, signal))).toHaveLength(500);
    expect(proxy.forwarded.some((target) => target.startsWith(`http://${NAME}/v2/`))).toBe(true);
    const before = proxy.forwarded.length;
    await expect(testClient({ environment }).repository(NAME).manifest("v1", signal)).rejects.toMatchObject({
      kind: "unavailable",
    });
    expect(proxy.forwarded).toHaveLength(before);
  });

  test("a client certificate is shown where the directory has one", async () => {
    await using registry = await startRegistry({ tls: true, clientCertificate: true });
    const place = folder(`client/${registry.host}`);
    const { repository } = testClient({ certificates: [join(directory, "client")] });
    const wants = `tls: ${registry.host} wants a client certificate`;
    await expect(repository(registry.host).manifest("v1", signal)).rejects.toThrow(wants);
    copyFileSync(registry.certificate?.certPath as string, join(place, "client.cert"));
    await expect(repository(registry.host).manifest("v1", signal)).rejects.toThrow("missing key client.key");
    copyFileSync(registry.certificate?.keyPath as string, join(place, "client.key"));
    await pushImage(repository(registry.host), "v1");
    const other = makeCertificate(directory, "other");
    copyFileSync(other.certPath, join(place, "client.cert"));
    copyFileSync(other.keyPath, join(place, "client.key"));
    await expect(repository(registry.host).manifest("v1", signal)).rejects.toThrow(wants);
    writeFileSync(join(place, "ca.crt"), "nonsense");
    await expect(repository(registry.host).manifest("v1", signal)).rejects.toThrow("not a certificate");
  });

  test("the proxy's user and password go to the proxy alone; one that refuses is named", async () => {
    await using proxy = await startConnectProxy({ [NAME]: secure.host }, "Basic dTpwQHc=");
    const environment = viaProxy(proxy.url.replace("//", "//u:p%40w@"));
    await pushImage(testClient({ environment, certificates }).repository(NAME), "v1");
    const refused = testClient({ environment: viaProxy(proxy.url), certificates }).repository(NAME);
    await expect(refused.manifest("v1", signal)).rejects.toThrow(
      /proxy .* does not connect to registry.test:443: 407/,
    );
    const socks = testClient({ environment: viaProxy("socks5://127.0.0.1:1") }).repository(NAME);
    await expect(socks.manifest("v1", signal)).rejects.toMatchObject({ kind: "unsupported" });
  });

  test("a proxy that is reached over TLS itself", async () => {
    const names = { [NAME]: secure.host, "plain.test": plain.host };
    await using proxy = await startConnectProxy(names, undefined, secure.certificate);
    const { repository } = testClient({
      environment: viaProxy(proxy.url),
      certificates,
      insecure: ["plain.test"],
    });
    const image = await pushImage(repository(NAME, "tls/in-tls"), "v1", 3_000_000);
    expect(await collect(repository(NAME, "tls/in-tls").blob(image.layer, 0, signal))).toHaveLength(
      3_000_000,
    );
    await pushImage(repository("plain.test"), "v1");
  });

  test("NO_PROXY and loopback go straight", async () => {
    const environment = viaProxy("http://127.0.0.1:1", { no_proxy: "*.invalid" });
    await pushImage(testClient({ environment }).repository(plain.host), "v1");
    await expect(testClient({ environment }).repository("x.invalid").manifest("v1", signal)).rejects.toThrow(
      "dial x.invalid:443",
    );
  });

  test("redirects: followed without credentials, not from https to http, not to other schemes, not for ever", async () => {
    const blob = blobOf(randomBytes(50_000));
    await testClient().repository(plain.host).pushBlob(blob, { signal });
    await using elsewhere = await startFaultyProxy(plain);
    await using first = await startFaultyProxy({ host: "127.0.0.1:1" });
    let location = `http://${elsewhere.host}/v2/some/image/blobs/${blob.digest}`;
    first.fault = ({ headers, path }) => {
      if (path === "/v2/") return { kind: "reply", status: 200 };
      if (!headers.authorization)
        return { kind: "reply", status: 401, headers: { "www-authenticate": "Basic realm=x" } };
      return { kind: "reply", status: 307, headers: { location } };
    };
    const { repository } = testClient();
    const repo = repository(first.host, "some/image", { username: "u", password: "p" });
    const download = () => collect(repo.blob(blob, 0, signal));
    expect(await download()).toHaveLength(50_000);
    expect(first.requests.at(-1)?.headers.authorization).toStartWith("Basic ");
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    location = "file:///etc/passwd";
    await expect(download()).rejects.toThrow("not HTTP");
    location = `http://${first.host}/again`;
    await expect(download()).rejects.toThrow("redirects without end");
    location = "http://[";
    await expect(download()).rejects.toThrow("without a usable Location");
  });
});
