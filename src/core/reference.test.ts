import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BerthError } from "./errors.ts";
import { canonical, familiar, parseReference, withDefaultTag } from "./reference.ts";

const HEX = "a".repeat(64);

describe("parseReference", () => {
  test.each([
    ["debian", "docker.io/library/debian:latest", "debian:latest"],
    ["debian:12", "docker.io/library/debian:12", "debian:12"],
    ["someone/app", "docker.io/someone/app:latest", "someone/app:latest"],
    ["localhost/x", "localhost/x:latest", "localhost/x:latest"],
    ["localhost:5000/x/y:1.2-3", "localhost:5000/x/y:1.2-3", "localhost:5000/x/y:1.2-3"],
    ["quay.io/a/b", "quay.io/a/b:latest", "quay.io/a/b:latest"],
    ["index.docker.io/library/debian", "docker.io/library/debian:latest", "debian:latest"],
    [`debian@sha256:${HEX}`, `docker.io/library/debian@sha256:${HEX}`, `debian@sha256:${HEX}`],
    [`debian:12@sha256:${HEX}`, `docker.io/library/debian:12@sha256:${HEX}`, `debian:12@sha256:${HEX}`],
    ["a__b/c-d.e", "docker.io/a__b/c-d.e:latest", "a__b/c-d.e:latest"],
    ["[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"],
    ["MyHost/x", "MyHost/x:latest", "MyHost/x:latest"],
  ])("%s", (text, whole, short) => {
    const reference = withDefaultTag(parseReference(text));
    expect(canonical(reference)).toBe(whole);
    expect(familiar(reference)).toBe(short);
  });

  test.each([
    "",
    ":",
    "a b",
    "-x",
    "x:",
    "x:.y",
    "x/",
    "/x",
    "a//b",
    "a..b",
    "x@sha256:12",
    "x@",
    "Debian",
    HEX,
    `x:${"t".repeat(129)}`,
  ])("refuses %j", (text) => expect(() => parseReference(text)).toThrow(BerthError));

  test("says what is wrong with capital letters", () => {
    expect(() => parseReference("App")).toThrow(
      "invalid reference format: repository name (library/App) must be lowercase",
    );
  });

  test("any text is read or refused with the engine's own error, and what is read reads again the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        let reference: ReturnType<typeof parseReference>;
        try {
          reference = parseReference(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BerthError);
          return;
        }
        expect(parseReference(canonical(reference))).toEqual(reference);
      }),
    );
  });
});
