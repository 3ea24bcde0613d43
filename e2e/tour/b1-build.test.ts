/** B1: an image from a Dockerfile and a context, however the two are given, and the context no bigger than it should be. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { bothClis, directoryOf, TestEngine, tarOf } from "../harness/index.ts";

const engine = new TestEngine("b1").use();

bothClis(engine, (cli) => {
  const print = (image: string, ...command: string[]) => cli.ok("run", "--rm", image, ...command);
  const listing = `FROM ${engine.base}\nCOPY . /context\nCMD ["sh", "-c", "cd /context && find . -type f | sort"]\n`;

  test("build -t name:tag . makes an image of that name", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nCOPY greeting /greeting\nRUN cat /greeting > /copy\nCMD ["cat", "/copy"]\n`,
      greeting: "hello from a build\n",
    });
    const image = cli.image("hello:v1");
    const { code, stdout } = await cli.run(["build", "-t", image, "."], { cwd: context.path });
    expect(code).toBe(0);
    expect(stdout).toContain("Successfully tagged");
    expect(await print(image)).toBe("hello from a build");
    expect((await cli.inspectImage(image)).RepoTags).toContain(image);
  });

  test("a tag left out is latest; -t may be repeated; -q prints the id alone", async () => {
    using context = await directoryOf({ Dockerfile: `FROM ${engine.base}\nLABEL made.by=${cli.name}\n` });
    const untagged = cli.image("many").replace(/:1$/, "");
    const second = cli.image("many:two");
    const id = await cli.ok("build", "-q", "-t", untagged, "-t", second, context.path);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    const { Id, RepoTags } = await cli.inspectImage(second);
    expect(Id).toBe(id);
    expect([...RepoTags].sort()).toEqual([`${untagged}:latest`, second]);
  });

  test("-f names another Dockerfile: in the context, below it, and outside of it", async () => {
    using context = await directoryOf({
      Dockerfile: "FROM nothing-that-exists\n",
      "other.Dockerfile": `FROM ${engine.base}\nCMD ["echo", "other"]\n`,
      "docker/Deep": `FROM ${engine.base}\nCOPY file /\nCMD ["cat", "/file"]\n`,
      file: "from the context's root\n",
    });
    using outside = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nCOPY file /\nCMD ["cat", "/file"]\n`,
    });
    const image = cli.image("named");
    await cli.run(["build", "-t", image, "-f", "other.Dockerfile", "."], { cwd: context.path });
    expect(await print(image)).toBe("other");
    await cli.ok("build", "-t", image, "-f", join(context.path, "docker/Deep"), context.path);
    expect(await print(image)).toBe("from the context's root");
    await cli.ok("build", "-t", image, "-f", join(outside.path, "Dockerfile"), context.path);
    expect(await print(image)).toBe("from the context's root");
  });

  test("the context on standard input: a tar, plain and compressed", async () => {
    using context = await directoryOf({ Dockerfile: listing, a: "1", "sub/b": "2" });
    const image = cli.image("stdin");
    for (const flags of [[], ["--gzip"]]) {
      const { code, stderr } = await cli.run(["build", "-t", image, "-"], {
        stdin: await tarOf(context.path, ...flags),
      });
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      expect(await print(image)).toBe("./Dockerfile\n./a\n./sub/b");
    }
    const named = await cli.run(["build", "-t", image, "-f", "sub/b", "-"], {
      stdin: await tarOf(context.path),
    });
    expect(named.code).not.toBe(0);
  });

  test("the Dockerfile on standard input: with no context, and with one", async () => {
    const image = cli.image("piped");
    const alone = await cli.run(["build", "-t", image, "-"], {
      stdin: `FROM ${engine.base}\nCMD ["echo", "alone"]\n`,
    });
    expect(alone.code).toBe(0);
    expect(await print(image)).toBe("alone");
    using context = await directoryOf({ file: "with context\n" });
    const dockerfile = `FROM ${engine.base}\nCOPY file /\nCMD ["cat", "/file"]\n`;
    const both = await cli.run(["build", "-t", image, "-f", "-", context.path], { stdin: dockerfile });
    expect(both.code).toBe(0);
    expect(await print(image)).toBe("with context");
  });

  test(".dockerignore: patterns, **, and exceptions; what it leaves out is not sent", async () => {
    using context = await directoryOf({
      Dockerfile: listing,
      ".dockerignore": [
        "# comment",
        "**/*.log",
        "!important.log",
        "node_modules",
        "*/temp*",
        "secret/",
        "!secret/public",
        "big",
        "?ne",
        "  ",
      ].join("\n"),
      "top.log": "x",
      "important.log": "kept",
      "deep/er/a.log": "x",
      "deep/er/a.txt": "kept",
      "node_modules/x/index.js": "x",
      "packages/node_modules/y": "kept: the pattern is anchored",
      "sub/tempting": "x",
      "sub/deep/temp": "kept",
      "secret/key": "x",
      "secret/public": "kept",
      big: new Uint8Array(20_000_000),
      one: "x",
      none: "kept",
    });
    const image = cli.image("ignore");
    const output = await cli.ok("build", "-t", image, context.path);
    expect((await print(image)).split("\n")).toEqual([
      "./.dockerignore",
      "./Dockerfile",
      "./deep/er/a.txt",
      "./important.log",
      "./none",
      "./packages/node_modules/y",
      "./secret/public",
      "./sub/deep/temp",
    ]);
    const sent = /Sending build context.*?([\d.]+)\s?(k?B)/.exec(output);
    if (cli.name === "docker") expect(sent?.[2]).toBe("kB");
    expect((await cli.inspectImage(image)).Size).toBeLessThan(10_000_000);
  });

  test("a .dockerignore that leaves out everything but a few names, Dockerfile included", async () => {
    using context = await directoryOf({
      Dockerfile: listing,
      ".dockerignore": "*\n!src/a/*.ts\n",
      "src/a/b.ts": "1",
      "src/a/b.js": "1",
      other: "1",
    });
    const image = cli.image("allow");
    await cli.ok("build", "-t", image, context.path);
    expect(await print(image)).toBe("./src/a/b.ts");
  });

  test("modes, links, empty folders and names that are not ASCII arrive as they are", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nCOPY . /c\n`,
      run: "#!/bin/sh\n",
      "名前 with space": "1",
    });
    const script = "chmod 750 run; ln -s run link; mkdir empty; chmod 700 empty";
    expect(Bun.spawnSync(["sh", "-c", script], { cwd: context.path }).exitCode).toBe(0);
    const image = cli.image("modes");
    await cli.ok("build", "-t", image, context.path);
    const command = "cd /c && stat -c '%a %u:%g %n' run empty '名前 with space' && readlink link";
    expect(await print(image, "sh", "-c", command)).toBe(
      "750 0:0 run\n700 0:0 empty\n644 0:0 名前 with space\nrun",
    );
  });

  test("an unchanged build comes from the cache, and --no-cache does not", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nCOPY file /\nRUN head -c 16 /dev/urandom | md5sum > /random\n`,
      file: "1",
    });
    const build = (...flags: string[]) => cli.ok("build", "-q", ...flags, context.path);
    const first = await build();
    expect(await build()).toBe(first);
    // Content counts, times do not.
    await Bun.spawn(["touch", "-d", "2001-01-01", join(context.path, "file")]).exited;
    expect(await build()).toBe(first);
    expect(await build("--no-cache")).not.toBe(first);
    await Bun.write(join(context.path, "file"), "2");
    expect(await build()).not.toBe(first);
  });

  test("--label is stored beside the Dockerfile's own", async () => {
    using context = await directoryOf({ Dockerfile: `FROM ${engine.base}\nLABEL one=1 two="2 3"\n` });
    const image = cli.image("labels");
    await cli.ok("build", "-t", image, "--label", "three=4", context.path);
    expect((await cli.inspectImage(image)).Config.Labels).toMatchObject({ one: "1", two: "2 3", three: "4" });
    expect(await cli.ok("images", "-q", "--filter", "label=three=4", image)).not.toBe("");
  });

  test("a step that fails ends the build with its status and its line", async () => {
    using context = await directoryOf({ Dockerfile: `FROM ${engine.base}\nRUN echo before; exit 3\n` });
    const image = cli.image("fails");
    const { code, stdout, stderr } = await cli.run(["build", "-t", image, context.path]);
    // The docker CLI passes the step's own status on.
    expect(code).not.toBe(0);
    if (cli.name === "docker") expect(code).toBe(3);
    expect(stdout + stderr).toContain("before");
    expect(stderr).toContain("returned a non-zero code: 3");
    expect((await cli.run(["image", "inspect", image])).code).toBe(1);
  });
});
