import { expect, test } from "bun:test";
import fc from "fast-check";
import { pathName } from "./api-path.ts";

test("image names stay readable", () => {
  expect(pathName("localhost:5000/a/b:1@sha256:0")).toBe("localhost:5000/a/b:1@sha256:0");
});

test("no name leaves its place in the path", () => {
  expect(pathName("../images/x")).toBe("%2E%2E/images/x");
  expect(pathName("a?b#c d%")).toBe("a%3Fb%23c%20d%25");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => {
      const { pathname, search, hash } = new URL(`http://x/v1/${pathName(name)}/end`);
      expect(search + hash).toBe("");
      expect(pathname.startsWith("/v1/")).toBe(true);
    }),
  );
});
