import { expect, test } from "bun:test";
import { buildHosts, buildNetwork, buildTags } from "./request.ts";

const tags = (...names: string[]) => buildTags(names);

test("tags are made whole, each once", () => {
  expect(tags("a", "a:latest", "docker.io/library/b:1", "reg:5000/c")).toEqual([
    "a:latest",
    "b:1",
    "reg:5000/c:latest",
  ]);
  expect(() => tags("A")).toThrow("invalid reference format: repository name (library/A) must be lowercase");
  expect(() => tags(`a@sha256:${"0".repeat(64)}`)).toThrow("cannot be tagged by digest");
});

test("network modes", () => {
  expect([undefined, "", "default", "bridge", "none", "host"].map(buildNetwork)).toEqual([
    "default",
    "default",
    "default",
    "default",
    "none",
    "host",
  ]);
  expect(() => buildNetwork("container:x")).toThrow("is not supported by build");
});

test("extra hosts", () => {
  const gateway = () => "172.17.0.1";
  expect(buildHosts(["a:1.2.3.4", "b=::1", "c=[::2]", "d:host-gateway"], gateway)).toEqual([
    { host: "a", address: "1.2.3.4" },
    { host: "b", address: "::1" },
    { host: "c", address: "::2" },
    { host: "d", address: "172.17.0.1" },
  ]);
  for (const bad of ["a", "a:", ":1.2.3.4", "a:b", "a b:1.2.3.4", "a:1.2.3.4\n5.6.7.8 x"]) {
    expect(() => buildHosts([bad], gateway)).toThrow("bad format for add-host");
  }
});
