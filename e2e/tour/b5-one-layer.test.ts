/** B5: what one RUN makes and removes again is in no layer; what a later RUN removes stays in the earlier one. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bothClis, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("b5").use();

/** Paths of the files in each layer of a saved image, lowest layer first. */
async function layersOf(archive: Uint8Array<ArrayBuffer>): Promise<string[][]> {
  const scratch = mkdtempSync(join(tmpdir(), "berth-e2e-layers-"));
  try {
    await Bun.write(join(scratch, "image.tar"), archive);
    const read = (...argv: string[]) => Bun.spawnSync(argv, { cwd: scratch }).stdout.toString();
    read("tar", "-xf", "image.tar");
    const [{ Layers }] = (await Bun.file(join(scratch, "manifest.json")).json()) as [{ Layers: string[] }];
    return Layers.map((layer) => read("tar", "-tf", layer).trim().split("\n"));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

bothClis(engine, (cli) => {
  const save = async (image: string) =>
    new Uint8Array(await new Response(cli.spawn(["save", image]).stdout).arrayBuffer());
  const baseLayers = async () => (await cli.inspectImage(engine.base)).RootFS.Layers.length;

  test("RUN a && b && rm is one layer without what was removed", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nRUN mkdir /cache && head -c 3000000 /dev/urandom > /cache/big && echo kept > /kept && rm -rf /cache\n`,
    });
    const image = cli.image("one");
    await cli.ok("build", "-t", image, context.path);
    const base = await cli.inspectImage(engine.base);
    const built = await cli.inspectImage(image);
    expect(built.RootFS.Layers.length).toBe((await baseLayers()) + 1);
    expect(built.Size - base.Size).toBeLessThan(1_000_000);
    const top = (await layersOf(await save(image))).at(-1) ?? [];
    expect(top).toContain("kept");
    expect(top.filter((path) => path.startsWith("cache"))).toEqual([]);
  });

  test("removing in a later RUN hides the file but keeps its bytes", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nRUN head -c 3000000 /dev/urandom > /big\nRUN rm /big\n`,
    });
    const image = cli.image("two");
    await cli.ok("build", "-t", image, context.path);
    expect((await cli.run(["run", "--rm", image, "ls", "/big"])).code).toBe(1);
    const base = await cli.inspectImage(engine.base);
    const built = await cli.inspectImage(image);
    expect(built.RootFS.Layers.length).toBe((await baseLayers()) + 2);
    expect(built.Size - base.Size).toBeGreaterThan(2_900_000);
    const [below, top] = (await layersOf(await save(image))).slice(-2);
    expect(below).toContain("big");
    expect(top).toContain(".wh.big");
  });

  test("history shows which step weighs what, and which made no layer", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nENV A=b\nRUN head -c 3000000 /dev/zero > /big\nCMD ["true"]\n`,
    });
    const image = cli.image("history");
    await cli.ok("build", "-t", image, context.path);
    const rows = (
      await cli.ok("history", "--human=false", "--no-trunc", "--format", "{{.Size}}|{{.CreatedBy}}", image)
    )
      .split("\n")
      .map((row) => row.split("|"));
    const size = (text: string) => Number(rows.find(([, by]) => by?.includes(text))?.[0]);
    expect(size("head -c 3000000")).toBe(3_000_000);
    expect(size("ENV A=b")).toBe(0);
    expect(size('CMD ["true"]')).toBe(0);
  });

  test("a command that fails in the middle of && fails the build", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nRUN true && false && echo not reached\n`,
    });
    const { code, stdout, stderr } = await cli.run(["build", context.path]);
    expect(code).toBe(1);
    expect(stderr).toContain("returned a non-zero code: 1");
    expect(stdout.split("\n")).not.toContain("not reached");
  });
});
