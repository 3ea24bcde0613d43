import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BuildContext } from "./build-context.ts";
import { openContext } from "./open-context.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-context-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

async function* typed(text: string): AsyncGenerator<Uint8Array> {
  for (const character of text) yield new TextEncoder().encode(character);
}

const nothing = () => typed("");
const open = (where: string, file?: string, stdin = nothing) => openContext(where, file, stdin);

/** Unpacks what is sent, for its names and contents. */
async function sent(context: BuildContext): Promise<{ names: string[]; read: (name: string) => string }> {
  const pieces: Uint8Array[] = [];
  for await (const piece of context.archive ?? []) pieces.push(piece);
  const into = mkdtempSync(join(directory, "..", "berth-context-out-"));
  try {
    const tar = Bun.spawnSync(["tar", "-xvf", "-", "-C", into], { stdin: Buffer.concat(pieces) });
    expect(tar.stderr.toString()).toBe("");
    const names = tar.stdout.toString().trim().split("\n").filter(Boolean);
    const contents = new Map(
      names
        .filter((name) => !name.endsWith("/"))
        .map((name) => [name, readFileSync(join(into, name), "utf8")]),
    );
    return { names, read: (name) => contents.get(name) ?? "" };
  } finally {
    rmSync(into, { recursive: true });
  }
}

describe("a directory", () => {
  test("sends everything, in the order of names", async () => {
    write({ Dockerfile: "FROM x", b: "", "a/z": "", "a/c/d": "" });
    const context = await open(directory);
    expect(context.dockerfile).toBe("Dockerfile");
    expect((await sent(context)).names).toEqual(["Dockerfile", "a/", "a/c/", "a/c/d", "a/z", "b"]);
  });

  test("leaves out what .dockerignore says, but neither it nor the Dockerfile", async () => {
    write({
      ".dockerignore": "*\n!keep\nkeep/*.log\n!**/deep.md\n",
      Dockerfile: "",
      "keep/a": "",
      "keep/b.log": "",
      "out/x": "",
      "out/sub/deep.md": "",
      "empty/x": "",
    });
    expect((await sent(await open(directory))).names).toEqual([
      ".dockerignore",
      "Dockerfile",
      "keep/",
      "keep/a",
      "out/",
      "out/sub/",
      "out/sub/deep.md",
    ]);
  });

  test("an ignore file of the Dockerfile's own comes before the general one", async () => {
    write({ ".dockerignore": "a", "sub/My.dockerignore": "b", "sub/My": "", a: "", b: "" });
    const { names } = await sent(await open(directory, join(directory, "sub/My")));
    expect(names).toEqual([".dockerignore", "a", "sub/", "sub/My", "sub/My.dockerignore"]);
  });

  test("an ignore file that cannot be read is named with its pattern", async () => {
    write({ ".dockerignore": "[a", Dockerfile: "" });
    expect(open(directory)).rejects.toThrow(
      `${join(directory, ".dockerignore")}: syntax error in pattern "[a"`,
    );
  });

  test("a Dockerfile behind a link is named by where it is", async () => {
    write({ "docker/prod": "FROM x" });
    symlinkSync("docker/prod", join(directory, "Dockerfile"));
    expect((await open(directory)).dockerfile).toBe("docker/prod");
  });

  test("a small dockerfile is found as well", async () => {
    write({ dockerfile: "FROM x" });
    expect((await open(directory)).dockerfile).toBe("dockerfile");
  });
});

describe("a Dockerfile from elsewhere", () => {
  test("is sent beside the context, hidden from its instructions", async () => {
    write({
      "outside/Dockerfile": "FROM x",
      "context/.dockerignore": "secret",
      "context/a": "",
      "context/secret": "",
    });
    const context = await open(join(directory, "context"), join(directory, "outside/Dockerfile"));
    const name = context.dockerfile ?? "";
    expect(name).toMatch(/^\.dockerfile\.[0-9a-f]{20}$/);
    const { names, read } = await sent(context);
    expect(names).toEqual(["a", name, ".dockerignore"]);
    expect(read(name)).toBe("FROM x");
    expect(read(".dockerignore")).toBe(`secret\n.dockerignore\n${name}\n`);
  });

  test("may come from standard input", async () => {
    write({ a: "" });
    const context = await open(directory, "-", () => typed("FROM y"));
    const { names, read } = await sent(context);
    expect(names).toEqual(["a", context.dockerfile ?? "", ".dockerignore"]);
    expect(read(context.dockerfile ?? "")).toBe("FROM y");
  });
});

describe("a Dockerfile that is missing", () => {
  const refused = (file?: string) =>
    open(directory, file).then(
      () => "",
      (error: Error) => error.message,
    );

  test("is named, and what may have been meant", async () => {
    write({ a: "" });
    const path = join(directory, "Dockerfile");
    expect(await refused()).toBe(
      `unable to read the Dockerfile ${path}: no such file or directory. Name it with -f, or create it`,
    );
    write({ "Dockerfile.dev": "", "Dockerfile.dev.dockerignore": "" });
    expect(await refused()).toEndWith("/Dockerfile.dev?");
  });

  test("a name that starts from the context is understood", async () => {
    write({ "my.file": "" });
    const message = await refused("my.file");
    expect(message).toStartWith(
      `unable to read the Dockerfile ${join(process.cwd(), "my.file")}: no such file`,
    );
    expect(message).toContain("A relative --file starts from the working directory: did you mean -f ");
  });
});

describe("standard input", () => {
  test("text is a Dockerfile without a context", async () => {
    const context = await open("-", undefined, () => typed("FROM x\n"));
    expect(context.dockerfile).toBe("Dockerfile");
    const { names, read } = await sent(context);
    expect(names).toEqual(["Dockerfile"]);
    expect(read("Dockerfile")).toBe("FROM x\n");
  });

  test.each([
    ["-cf", "tar"],
    ["-czf", "gzip"],
  ])("an archive passes as it is (tar %s)", async (flags) => {
    write({ D: "FROM x", a: "1" });
    const tar = Bun.spawnSync(["tar", "-C", directory, flags, "-", "D", "a"]);
    const archive = tar.stdout;
    async function* pieces() {
      for (let at = 0; at < archive.length; at += 100) yield archive.subarray(at, at + 100);
    }
    const context = await open("-", "D", pieces);
    expect(context.dockerfile).toBe("D");
    const received: Uint8Array[] = [];
    for await (const piece of context.archive ?? []) received.push(piece);
    expect(Buffer.compare(Buffer.concat(received), archive)).toBe(0);
  });

  test("one input cannot be both", () => {
    expect(open("-", "-")).rejects.toThrow("can't use stdin for both build context and dockerfile");
    expect(open("-", "D", () => typed("FROM x"))).rejects.toThrow("ambiguous Dockerfile source");
  });
});

test("a URL is fetched by the engine, a path must be a directory", async () => {
  const url = "https://example.test/a.git#main";
  expect(await open(url, "D")).toEqual({ dockerfile: "D", archive: undefined, remote: url });
  write({ file: "" });
  const missing = join(directory, "nope");
  expect(open(missing)).rejects.toThrow(`unable to prepare context: path "${missing}" not found`);
  expect(open(join(directory, "file"))).rejects.toThrow("context must be a directory");
});
