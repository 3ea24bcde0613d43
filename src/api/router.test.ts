import { expect, test } from "bun:test";
import type { Route } from "./call.ts";
import { Router } from "./router.ts";

const route = (method: string, path: string): Route => ({ method, path, handle: () => {} });
const router = new Router([
  route("GET", "/images/json"),
  route("GET", "/images/{name}/json"),
  route("GET", "/images/{name}/get"),
  route("GET", "/images/get"),
  route("DELETE", "/images/{name}"),
  route("POST", "/containers/{name}/start"),
]);

test.each([
  ["GET", "/images/json", "/images/json", "", undefined],
  ["GET", "/v1.51/images/json", "/images/json", "", "1.51"],
  ["GET", "/images/a/b/c:1/json", "/images/{name}/json", "a/b/c:1", undefined],
  ["GET", "/v1.24/images/json/json", "/images/{name}/json", "json", "1.24"],
  ["GET", "/images/get", "/images/get", "", undefined],
  ["DELETE", "/images/a/json", "/images/{name}", "a/json", undefined],
  ["POST", "/containers//x/start", "/containers/{name}/start", "/x", undefined],
])("%s %s", (method, path, pattern, name, version) => {
  expect(router.match(method, path)).toMatchObject({ route: { path: pattern }, name, version });
});

test.each([
  ["POST", "/images/json"],
  ["GET", "/images//json"],
  ["GET", "/images/"],
  ["GET", "/vfoo/images/json"],
  ["GET", "/v1.51"],
  ["GET", "/v1.51/"],
  ["GET", "/"],
  ["get", "/images/json"],
  ["DELETE", "/images/"],
])("%s %s leads nowhere", (method, path) => {
  expect(router.match(method, path)).toBeUndefined();
});
