import { expect, test } from "bun:test";
import { cliWith, json } from "../testing/cli.ts";

const ID = `sha256:${"a".repeat(64)}`;
const engine = () =>
  cliWith((method, path, query) =>
    method === "POST" && path === "/commit" && query.get("container") === "c"
      ? json({ Id: ID }, 201)
      : json({ message: `No such container: ${query.get("container")}` }, 404),
  );

test.each([
  [["c"], "container=c"],
  [["c", "app"], "container=c&repo=app&tag=latest"],
  [
    ["-a", "Me", "-m", "why so", "-c", "CMD a", "-c", "USER b", "c", "example.test:5000/a/b:2"],
    "container=c&repo=example.test:5000/a/b&tag=2&author=Me&comment=why so&changes=CMD a&changes=USER b",
  ],
  [["-p=false", "c"], "container=c&pause=0"],
  [["--no-pause", "c"], "container=c&pause=0"],
  [["--pause", "c"], "container=c"],
])("commit %j", async (args, query) => {
  await using cli = await engine();
  expect(await cli.run("commit", ...args)).toEqual({ code: 0, out: `${ID}\n`, err: "" });
  expect(await cli.run("container", "commit", ...args)).toMatchObject({ code: 0 });
  const seen = cli.requests.map((request) => decodeURIComponent(request).replaceAll("+", " "));
  expect(seen).toEqual(Array(2).fill(`POST /v1.51/commit?${query}`));
});

test("says what is wrong; a bad name is refused here", async () => {
  await using cli = await engine();
  expect(await cli.run("commit", "nope")).toEqual({
    code: 1,
    out: "",
    err: "Error response from daemon: No such container: nope\n",
  });
  expect((await cli.run("commit", "c", "Bad")).err).toContain("must be lowercase");
  expect(cli.requests).toHaveLength(1);
});
