import { describe, expect, test } from "bun:test";
import { cliWith, json } from "../testing/cli.ts";

const LONG = "A description\nthat goes on and on, well beyond forty-five characters";
const RESULTS = [
  { name: "alpine", description: "small", star_count: 5, is_official: true, is_automated: false },
  { name: "foo/bar", description: LONG, star_count: 50, is_official: false, is_automated: false },
];

const cli = () =>
  cliWith((_method, path) =>
    path === "/images/search"
      ? json(RESULTS)
      : json({ message: "limit 200 is outside the range of [1, 100]" }, 400),
  );

describe("search", () => {
  test("the table, and what is asked for", async () => {
    await using berth = await cli();
    expect(await berth.run("search", "-f", "stars=3", "-f", "is-official=true", "--limit", "5", "x")).toEqual(
      {
        code: 0,
        err: "",
        out:
          "NAME      DESCRIPTION                                     STARS     OFFICIAL\n" +
          "alpine    small                                           5         [OK]\n" +
          "foo/bar   A description that goes on and on, well beyo…   50        \n",
      },
    );
    expect(decodeURIComponent(berth.requests[0] ?? "")).toBe(
      'GET /v1.51/images/search?term=x&limit=5&filters={"stars":{"3":true},"is-official":{"true":true}}',
    );
  });

  test.each([
    [["--no-trunc", "--format", "{{.Description}}"], `small\n${LONG.replace("\n", " ")}\n`],
    [["--format", "{{.Name}} {{.StarCount}}{{.IsOfficial}}"], "alpine 5[OK]\nfoo/bar 50\n"],
    [["--format", "table {{.Name}}\\t{{.StarCount}}"], "NAME      STARS\nalpine    5\nfoo/bar   50\n"],
  ])("%j", async (args, out) => {
    await using berth = await cli();
    expect(await berth.run("search", ...args, "x")).toEqual({ code: 0, err: "", out });
  });

  test("JSON says in words what is official", async () => {
    await using berth = await cli();
    const { out } = await berth.run("search", "--format", "json", "x");
    expect(out.split("\n")[0]).toBe(
      '{"Description":"small","IsOfficial":"true","Name":"alpine","StarCount":"5"}',
    );
  });
});
