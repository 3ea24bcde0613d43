import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Exchange, rawEngine } from "../testing/raw-engine.ts";

/** An engine that answers each image endpoint as the test says, and remembers queries and uploads. */
async function images(answer: (exchange: Exchange) => void) {
  const seen: { target: string; body: string }[] = [];
  const api = await rawEngine((exchange) => {
    seen.push({ target: `${exchange.path}?${exchange.query}`, body: exchange.body });
    answer(exchange);
  });
  return { api, seen, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

const missing = (exchange: Exchange) => exchange.json({ message: "No such image: x:latest" }, 404);

describe("save", () => {
  test("writes to standard output, or to a file that appears when it is whole", async () => {
    await using engine = await images((exchange) => exchange.json("archive"));
    expect(await engine.api.run(["save", "a", "b:1"])).toEqual({ code: 0, out: '"archive"\n', err: "" });
    expect(await engine.api.run(["save", "--platform", "linux/arm64", "-o", "x.tar", "a"])).toEqual({
      code: 0,
      out: "",
      err: "",
    });
    expect(readFileSync(join(engine.api.directory, "x.tar"), "utf8")).toBe('"archive"\n');
    expect(readdirSync(engine.api.directory).sort()).toEqual(["s.sock", "x.tar"]);
    expect(decodeURIComponent(engine.seen.map(({ target }) => target).join(" "))).toBe(
      '/images/get?names=a&names=b:1 /images/get?names=a&platform={"os":"linux","architecture":"arm64"}',
    );
  });

  test("leaves nothing behind when the image is missing or the reply breaks off", async () => {
    await using engine = await images(missing);
    const { code, err } = await engine.api.run(["save", "-o", "x.tar", "x"]);
    expect({ code, err }).toEqual({ code: 1, err: "Error response from daemon: No such image: x:latest\n" });
    expect(readdirSync(engine.api.directory)).toEqual(["s.sock"]);
    await using broken = await images((exchange) => {
      exchange.later();
      exchange.close();
    });
    const cut = await broken.api.run(["save", "-o", "x.tar", "x"]);
    expect(cut.code).toBe(1);
    expect(cut.err).toContain("in the middle of its reply");
    expect(readdirSync(broken.api.directory)).toEqual(["s.sock"]);
  });

  test.each([
    [
      "/nonexistent/x",
      "failed to save image: invalid output path: stat /nonexistent: no such file or directory\n",
    ],
    ["/tmp", "failed to save image: cannot write to a directory\n"],
    ["/dev/null", "failed to save image: cannot write to /dev/null: it is not a regular file\n"],
  ])("-o %s is refused before anything is asked", async (path, err) => {
    await using engine = await images(missing);
    expect(await engine.api.run(["save", "-o", path, "x"])).toEqual({ code: 1, out: "", err });
    expect(engine.seen).toEqual([]);
  });
});

describe("load", () => {
  const loaded = (exchange: Exchange) => exchange.json({ stream: "Loaded image: x:1\n" });

  test("sends standard input or a file", async () => {
    await using engine = await images(loaded);
    writeFileSync(join(engine.api.directory, "a.tar"), "from a file");
    for (const [args, stdin] of [
      [["load"], "typed in"],
      [["load", "-i", "a.tar"], ""],
    ] as const) {
      expect(await engine.api.run(args, stdin)).toEqual({ code: 0, out: "Loaded image: x:1\n", err: "" });
    }
    expect(engine.seen).toEqual([
      { target: "/images/load?quiet=1", body: "typed in" },
      { target: "/images/load?quiet=1", body: "from a file" },
    ]);
  });

  test("says what is wrong", async () => {
    await using engine = await images((exchange) => exchange.json({ error: "unexpected EOF" }));
    expect(await engine.api.run(["load"], "x")).toEqual({ code: 1, out: "", err: "unexpected EOF\n" });
    expect((await engine.api.run(["load", "-i", "nope"])).err).toBe("open nope: no such file or directory\n");
    expect((await engine.api.run(["load", "-i", "/"])).err).toBe(
      "read /: is a directory, and no OCI image layout: that has oci-layout, index.json and blobs\n",
    );
    expect(existsSync(join(engine.api.directory, "nope"))).toBe(false);
  });
});

describe("import", () => {
  const imported = (exchange: Exchange) => exchange.json({ status: "sha256:1" });

  test("sends an archive with what is to be known of it", async () => {
    await using engine = await images(imported);
    const args = ["import", "-c", "CMD x", "-c", "ENV A=1", "-m", "msg", "--platform", "arm64", "-", "r:t"];
    expect(await engine.api.run(args, "tar")).toEqual({ code: 0, out: "sha256:1\n", err: "" });
    expect(engine.seen).toEqual([
      {
        target:
          "/images/create?fromSrc=-&repo=r%3At&message=msg&changes=CMD+x&changes=ENV+A%3D1&platform=linux%2Farm64",
        body: "tar",
      },
    ]);
  });

  test("a URL is the engine's to fetch; a bad name is refused here", async () => {
    await using engine = await images(imported);
    expect((await engine.api.run(["import", "http://example.test/x.tar"])).code).toBe(0);
    expect(engine.seen).toEqual([
      { target: "/images/create?fromSrc=http%3A%2F%2Fexample.test%2Fx.tar", body: "" },
    ]);
    expect((await engine.api.run(["import", "-", "BAD"])).err).toContain("must be lowercase");
  });
});
