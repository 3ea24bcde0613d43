import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bodyFraming, headerHas, parseHead } from "./head.ts";
import { HttpError } from "./http-error.ts";

const head = (...lines: string[]) => parseHead(lines.join("\r\n"));
const framing = (...headers: string[]) => bodyFraming(head("POST / HTTP/1.1", "Host: d", ...headers));

describe("parseHead", () => {
  test("reads method, decoded path, query and headers", () => {
    const parsed = head("GET /images/a%2Fb%20c/json?x=%20&y HTTP/1.1", "Host: d", "X-A:  one ", "x-a: two");
    expect(parsed).toMatchObject({ method: "GET", path: "/images/a/b c/json", query: "x=%20&y", minor: 1 });
    expect(parsed.headers.get("x-a")).toBe("one, two");
    expect(headerHas(parsed, "x-a", "two")).toBe(true);
    expect(headerHas(parsed, "x-a", "tw")).toBe(false);
  });

  test("takes absolute targets, as proxies send them", () => {
    expect(head("GET http://h:1/v1.51/info?a=1 HTTP/1.1", "Host: h")).toMatchObject({
      path: "/v1.51/info",
      query: "a=1",
    });
    expect(head("GET http://h HTTP/1.1", "Host: h").path).toBe("/");
    expect(head("GET http://h?q HTTP/1.1", "Host: h")).toMatchObject({ path: "/", query: "q" });
    expect(head("OPTIONS * HTTP/1.1", "Host: h").path).toBe("*");
  });

  test("HTTP/1.0 needs no Host", () => {
    expect(head("GET / HTTP/1.0").minor).toBe(0);
  });

  test.each([
    [400, ["FOO"]],
    [400, ["GET /"]],
    [400, ["GET  / HTTP/1.1", "Host: d"]],
    [400, ["G(T / HTTP/1.1", "Host: d"]],
    [400, ["GET x HTTP/1.1", "Host: d"]],
    [400, ["GET /%zz HTTP/1.1", "Host: d"]],
    [400, ["GET /%ff HTTP/1.1", "Host: d"]],
    [400, ["GET / HTTP/1.1"]],
    [400, ["GET / HTTP/1.1", "Host: d", "Host: e"]],
    [400, ["GET / HTTP/1.1", "Host: d", "Foo : x"]],
    [400, ["GET / HTTP/1.1", "Host: d", " folded: x"]],
    [400, ["GET / HTTP/1.1", "Host: d", ": x"]],
    [400, ["GET / HTTP/1.1", "Host: d", "novalue"]],
    [400, ["GET / HTTP/1.1", "Host: d", "A: b\nTransfer-Encoding: chunked"]],
    [400, ["GET / HTTP/1.1", "Host: d", "A: b\0"]],
    [505, ["GET / HTTP/2.0", "Host: d"]],
    [505, ["GET / HTTP/1.2", "Host: d"]],
  ])("refuses with %d: %j", (status, lines) => {
    expect(() => head(...lines)).toThrow(HttpError);
    try {
      head(...lines);
    } catch (error) {
      expect((error as HttpError).status).toBe(status);
    }
  });

  test("bounds the number of headers", () => {
    const many = Array.from({ length: 300 }, (_, i) => `A${i}: b`);
    expect(() => head("GET / HTTP/1.0", ...many)).toThrow("Too many request headers");
  });

  test("anything at all either parses or is an HttpError", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 200 }), (text) => {
        try {
          bodyFraming(parseHead(text));
        } catch (error) {
          expect(error).toBeInstanceOf(HttpError);
        }
      }),
    );
  });

  test("what is written is what is read", () => {
    const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
    const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
    fc.assert(
      fc.property(
        token,
        fc.webPath(),
        fc.dictionary(token, value, { maxKeys: 8 }),
        (method, path, headers) => {
          const lines = Object.entries(headers).map(([name, text]) => `${name}: ${text}`);
          const parsed = head(`${method} ${path || "/"} HTTP/1.0`, ...lines);
          expect(parsed.method).toBe(method);
          expect(parsed.path).toBe(decodeURIComponent(path || "/"));
          const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
          expect(new Set(parsed.headers.keys())).toEqual(names);
        },
      ),
    );
  });
});

describe("bodyFraming", () => {
  test("none, length, chunked", () => {
    expect(framing()).toEqual({ kind: "none" });
    expect(framing("Content-Length: 0")).toEqual({ kind: "none" });
    expect(framing("Content-Length: 12")).toEqual({ kind: "length", length: 12 });
    expect(framing("Content-Length: 5", "Content-Length: 5")).toEqual({ kind: "length", length: 5 });
    expect(framing("Transfer-Encoding: Chunked")).toEqual({ kind: "chunked" });
    // The coding outranks a length (RFC 9112 section 6.3).
    expect(framing("Content-Length: 3", "Transfer-Encoding: chunked")).toEqual({ kind: "chunked" });
  });

  test.each([
    ["Content-Length: x"],
    ["Content-Length: -1"],
    ["Content-Length: +1"],
    ["Content-Length: 1 2"],
    ["Content-Length: 0x10"],
    ["Content-Length:"],
    ["Content-Length: 1, 2"],
    ["Content-Length: 99999999999999999999"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding: foo"],
    ["Transfer-Encoding:"],
  ])("refuses %s", (header) => {
    expect(() => framing(header)).toThrow(HttpError);
  });
});
