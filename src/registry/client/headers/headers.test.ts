import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseChallenges } from "../auth/challenge.ts";
import { parseContentRange, parseUploadRange } from "./content-range.ts";
import { nextLink } from "./link.ts";
import { parseRetryAfter } from "./retry-after.ts";

const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/);
const quoted = (text: string) => `"${text.replace(/["\\]/g, (sign) => `\\${sign}`)}"`;
const text = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
/** What no server should send, but some will. */
const junk = fc.string({
  unit: fc.constantFrom(...'<>;,="\\ \t:/-*abBearrel nextW019'.split("")),
  maxLength: 300,
});

describe("WWW-Authenticate", () => {
  const challenge = fc.record({
    scheme: token,
    parameters: fc.dictionary(
      token.map((name) => name.toLowerCase()),
      text,
      { noNullPrototype: true },
    ),
  });

  test("what is written is read, several in one field too", () => {
    fc.assert(
      fc.property(
        fc.array(challenge, { maxLength: 4 }),
        fc.constantFrom(",", ", ", " ,\t"),
        (list, comma) => {
          const header = list
            .map(({ scheme, parameters }) => {
              const written = Object.entries(parameters).map(([name, value]) => `${name}=${quoted(value)}`);
              return `${scheme} ${written.join(comma)}`.trim();
            })
            .join(", ");
          const read = parseChallenges(header).map(({ scheme, parameters }) => ({
            scheme,
            parameters: Object.fromEntries(parameters),
          }));
          expect(read).toEqual(
            list.map(({ scheme, parameters }) => ({ scheme: scheme.toLowerCase(), parameters })),
          );
        },
      ),
    );
  });

  test("the usual ones", () => {
    const header =
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push",error=invalid_token, Basic realm="x"';
    const [bearer, basic] = parseChallenges(header);
    expect(Object.fromEntries(bearer?.parameters ?? [])).toEqual({
      realm: "https://auth.docker.io/token",
      service: "registry.docker.io",
      scope: "repository:a/b:pull,push",
      error: "invalid_token",
    });
    expect(basic?.scheme).toBe("basic");
    expect(parseChallenges(undefined)).toEqual([]);
  });

  test("junk is read to its end, quickly", () => {
    fc.assert(fc.property(junk, (header) => void parseChallenges(header)));
    expect(parseChallenges(`a ${'b="'.repeat(5000)}`).length).toBeGreaterThan(0);
    expect(parseChallenges(`a=${" ".repeat(16_000)}`).length).toBeLessThan(2);
  });
});

describe("Link", () => {
  const target = fc.webUrl({ withQueryParameters: true }).filter((url) => !/[<>]/.test(url));

  test("the next among others is found, quoted or not", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            target,
            token.filter((rel) => rel.toLowerCase() !== "next"),
          ),
        ),
        target,
        fc.constantFrom(
          '; rel="next"',
          ";rel=next",
          '; title="a, <b>; rel=x"; rel="prev next"',
          "; REL=NEXT",
        ),
        (others, next, parameters) => {
          const written = others.map(([url, rel]) => `<${url}>; rel="${rel}"`);
          expect(nextLink([...written, `<${next}>${parameters}`].join(", "))).toBe(next);
          expect(nextLink(written.join(", "))).toBeUndefined();
        },
      ),
    );
  });

  test("junk is no link, and does not take long", () => {
    fc.assert(fc.property(junk, (header) => void nextLink(header)));
    expect(nextLink(`<a>;x${" ".repeat(4000)}!`)).toBeUndefined();
    expect(nextLink(undefined)).toBeUndefined();
  });
});

describe("ranges", () => {
  const place = fc.nat({ max: 1e12 });

  test("Content-Range: what is sound is read, what is not is not", () => {
    fc.assert(
      fc.property(place, place, fc.option(place, { nil: undefined }), (start, end, total) => {
        const read = parseContentRange(`bytes ${start}-${end}/${total ?? "*"}`);
        const sound = start <= end && (total === undefined || end < total);
        expect(read).toEqual(sound ? { start, end, total } : undefined);
      }),
    );
    fc.assert(
      fc.property(junk, (header) => {
        const read = parseContentRange(header);
        expect(read === undefined || read.start <= read.end).toBe(true);
      }),
    );
  });

  test("an upload's Range begins at its first byte", () => {
    fc.assert(
      fc.property(place, (last) => {
        expect(parseUploadRange(`0-${last}`)).toBe(last);
        expect(parseUploadRange(`bytes=0-${last}`)).toBe(last);
        expect(parseUploadRange(`1-${last}`)).toBeUndefined();
      }),
    );
    expect(parseUploadRange(undefined)).toBeUndefined();
  });
});

describe("Retry-After", () => {
  test("seconds and dates, never negative", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), fc.integer({ min: -1e6, max: 1e6 }), (seconds, ahead) => {
        expect(parseRetryAfter(String(seconds), 0)).toBe(seconds * 1000);
        const now = Date.UTC(2026, 0, 1);
        const date = new Date(now + ahead * 1000).toUTCString();
        expect(parseRetryAfter(date, now)).toBe(Math.max(0, ahead * 1000));
      }),
    );
    fc.assert(
      fc.property(junk, (header) => {
        const read = parseRetryAfter(header, 0);
        expect(read === undefined || read >= 0).toBe(true);
      }),
    );
    for (const none of [undefined, "", "-1", "1.5", "soon", "2026-01-01"]) {
      expect(parseRetryAfter(none, 0)).toBeUndefined();
    }
  });
});
