import { expect, test } from "bun:test";
import type { ImageSummary } from "../../spec/index.ts";
import { imageRows } from "./image-view.ts";

const image = (RepoTags: string[], RepoDigests: string[]) => ({ RepoTags, RepoDigests }) as ImageSummary;
const names = (summary: ImageSummary, digests: boolean) =>
  imageRows(summary, digests).map(({ repository, tag, digest }) => `${repository}|${tag}|${digest}`);

test("one line for every name", () => {
  const named = image(["a:1", "a:2", "localhost:5000/b:1"], ["a@sha256:x"]);
  expect(names(named, false)).toEqual(["a|1|<none>", "a|2|<none>", "localhost:5000/b|1|<none>"]);
  expect(names(named, true)).toEqual(["a|1|sha256:x", "a|2|sha256:x", "localhost:5000/b|1|<none>"]);
});

test("an image without a tag", () => {
  expect(names(image([], []), true)).toEqual(["<none>|<none>|<none>"]);
  expect(names(image(["<none>:<none>"], ["<none>@<none>"]), true)).toEqual(["<none>|<none>|<none>"]);
  expect(names(image([], ["a@sha256:x"]), true)).toEqual(["a|<none>|sha256:x"]);
  expect(names(image([], ["a@sha256:x"]), false)).toEqual(["a|<none>|<none>"]);
});
