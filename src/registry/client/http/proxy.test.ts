import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bypassesProxy } from "./no-proxy.ts";
import { proxyFor } from "./proxy.ts";

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join("."));
const url = (host: string, port = "") => new URL(`https://${host}${port && `:${port}`}/v2/`);

describe("NO_PROXY", () => {
  test("a name covers itself and what is below it, a suffix only what is below it", () => {
    fc.assert(
      fc.property(name, label, (host, sub) => {
        for (const entry of [host, host.toUpperCase(), ` ${host} `, `x,${host}`, `${host}:443`]) {
          expect(bypassesProxy(url(host), entry)).toBe(true);
          expect(bypassesProxy(url(`${sub}.${host}`), entry)).toBe(true);
        }
        for (const entry of [`.${host}`, `*.${host}`]) {
          expect(bypassesProxy(url(host), entry)).toBe(false);
          expect(bypassesProxy(url(`${sub}.${host}`), entry)).toBe(true);
        }
        expect(bypassesProxy(url(`${sub}${host}`), host)).toBe(false);
        expect(bypassesProxy(url(host, "5000"), `${host}:443`)).toBe(false);
        expect(bypassesProxy(url(host, "5000"), `${host}:5000`)).toBe(true);
        expect(bypassesProxy(url(host), "*")).toBe(true);
        expect(bypassesProxy(url(host), "")).toBe(false);
      }),
    );
  });

  test("an address is covered by itself and by ranges that hold it", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), (address, bits) => {
        if (address.startsWith("127.")) return;
        const host = new URL(`http://${address}/`);
        expect(bypassesProxy(host, address)).toBe(true);
        expect(bypassesProxy(host, `${address}/${bits}`)).toBe(true);
        expect(bypassesProxy(host, `${address}:80`)).toBe(true);
        const [first, ...rest] = address.split(".");
        const flipped = [Number(first) ^ 128, ...rest].join(".");
        if (!flipped.startsWith("127."))
          expect(bypassesProxy(url(flipped), `${address}/${bits}`)).toBe(false);
      }),
    );
    expect(bypassesProxy(url("[fd00::1]", "5000"), "fd00::/8")).toBe(true);
    expect(bypassesProxy(url("[fd00::1]", "5000"), "[fd00::1]:5000")).toBe(true);
    expect(bypassesProxy(url("[fe80::1]"), "fd00::/8,10.0.0.0/8,nonsense/8,10.0.0.0/99")).toBe(false);
    expect(bypassesProxy(url("example.com"), "10.0.0.0/8")).toBe(false);
  });

  test("loopback always, and no list makes it throw", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) {
      expect(bypassesProxy(url(host), "")).toBe(true);
    }
    fc.assert(fc.property(fc.string(), (list) => void bypassesProxy(url("example.com"), list)));
  });
});

describe("the proxy of a URL", () => {
  test("by its scheme, upper case before lower", () => {
    const environment = {
      HTTPS_PROXY: "http://secure:3128",
      https_proxy: "http://other",
      http_proxy: "plain:8080",
      no_proxy: "x.test",
    };
    expect(proxyFor(url("a.test"), environment)).toMatchObject({ host: "secure", port: 3128, headers: {} });
    expect(proxyFor(new URL("http://a.test"), environment)).toMatchObject({ host: "plain", port: 8080 });
    expect(proxyFor(url("x.test"), environment)).toBeUndefined();
    expect(proxyFor(url("a.test"), {})).toBeUndefined();
    expect(proxyFor(url("a.test"), { HTTPS_PROXY: "https://[::1]" })).toMatchObject({
      host: "::1",
      port: 443,
    });
  });

  test("a user and password become a header; what is wrong does not repeat them", () => {
    const secret = proxyFor(url("a.test"), { https_proxy: "http://us%40er:p%3Aw@proxy" });
    expect(secret?.headers).toEqual({
      "Proxy-Authorization": `Basic ${Buffer.from("us@er:p:w").toString("base64")}`,
    });
    for (const wrong of ["http://u:secret@[", "ftp://u:secret@x", "http://u:%E0secret@x"]) {
      expect(() => proxyFor(url("a.test"), { https_proxy: wrong })).toThrow(/HTTPS_PROXY/);
      expect(() => proxyFor(url("a.test"), { https_proxy: wrong })).not.toThrow(/secret/);
    }
  });
});
