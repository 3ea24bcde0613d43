/** I3: one image has many names; a name that moves leaves the image it had without it. */
import { expect, test } from "bun:test";
import { bothClis, putImage, TestEngine, withRegistry } from "../harness/index.ts";

const engine = new TestEngine("i3").use();

bothClis(engine, (cli) => {
  async function build(name: string, mark: string): Promise<string> {
    const dockerfile = `FROM ${engine.base}\nENV MARK=${mark}-${cli.unique("")}\n`;
    const { code, stderr } = await cli.run(["build", "-t", name, "-"], {
      stdin: new TextEncoder().encode(dockerfile),
    });
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    return (await cli.inspectImage(name)).Id;
  }
  const dangling = async () =>
    (await cli.ok("images", "-q", "--no-trunc", "--filter", "dangling=true")).split("\n");

  test("one image, many names", async () => {
    const names = ["many:1", "many:latest", "other:x"].map((name) => cli.image(name));
    const [first = ""] = names;
    const id = await build(first, "many");
    for (const name of names.slice(1)) await cli.ok("tag", first, name);
    for (const name of names) expect((await cli.inspectImage(name)).Id).toBe(id);
    expect([...((await cli.inspectImage(id)).RepoTags ?? [])].sort()).toEqual([...names].sort());
    const listed = await cli.ok("images", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}");
    for (const name of names) expect(listed.split("\n")).toContain(`${id} ${name}`);
    // The tag is latest where none is said.
    expect((await cli.inspectImage(cli.image("many:latest").split(":")[0] ?? "")).Id).toBe(id);
  });

  test("taking a name away leaves the image, taking the last one removes it", async () => {
    const [one, two] = [cli.image("last:1"), cli.image("last:2")];
    const id = await build(one, "last");
    await cli.ok("tag", one, two);
    expect(await cli.ok("rmi", one)).toBe(`Untagged: ${one}`);
    expect((await cli.inspectImage(two)).Id).toBe(id);
    expect(await cli.ok("rmi", two)).toContain(`Deleted: ${id}`);
    expect((await cli.run(["image", "inspect", id])).code).toBe(1);
  });

  test("an image with several names is not removed by its id without force", async () => {
    const [one, two] = [cli.image("several:1"), cli.image("severaltoo:1")];
    const id = await build(one, "several");
    await cli.ok("tag", one, two);
    const refused = await cli.run(["rmi", id]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("must be forced");
    await cli.ok("rmi", "-f", id);
    for (const name of [one, two]) expect((await cli.run(["image", "inspect", name])).code).toBe(1);
  });

  test("a tag that moves by a build or by tag leaves the old image untagged", async () => {
    const name = cli.image("moving:1");
    const old = await build(name, "old");
    const next = await build(name, "next");
    expect(next).not.toBe(old);
    expect((await cli.inspectImage(name)).Id).toBe(next);
    expect((await cli.inspectImage(old)).RepoTags ?? []).toEqual([]);
    expect(await dangling()).toContain(old);
    const row = await cli.ok("images", "--no-trunc", "-f", "dangling=true", "--format", "{{.ID}} {{.Tag}}");
    expect(row.split("\n")).toContain(`${old} <none>`);
    await cli.ok("tag", old, name);
    expect((await cli.inspectImage(name)).Id).toBe(old);
    expect(await dangling()).toContain(next);
    expect(await dangling()).not.toContain(old);
    await cli.ok("rmi", next, name);
  });

  test("a container keeps the image it was made of when the tag moves", async () => {
    const name = cli.image("kept:1");
    const container = cli.unique("kept");
    const old = await build(name, "before");
    await cli.ok("run", "-d", "--name", container, name, "sleep", "1000");
    await build(name, "after");
    expect((await cli.inspect(container)).Image).toBe(old);
    expect((await cli.run(["rmi", old])).code).toBe(1);
    await cli.ok("rm", "-f", container);
    await cli.ok("rmi", old);
  });

  test("names that are none are refused", async () => {
    for (const bad of ["Upper:1", "a::b", "x:1@sha256:12", `${"y".repeat(256)}:1`]) {
      const { code, stderr } = await cli.run(["tag", engine.base, bad]);
      expect(code).toBe(1);
      expect(stderr.trim().split("\n").length).toBe(1);
    }
  });
});

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    test("a tag that moves at the registry: the old image stays, untagged, under its digest", async () => {
      const path = cli.image("remote").slice(0, -":1".length);
      const name = registry.name(`${path}:1`);
      const put = (mark: string) =>
        putImage(registry, path, { config: { Env: ["PATH=/bin", `MARK=${mark}`] }, tag: "1" });
      const old = await put("old");
      await cli.ok("pull", "-q", name);
      const next = await put("next");
      await cli.ok("pull", "-q", name);
      expect((await cli.inspectImage(name)).Id).toBe(next.id);
      const before = await cli.inspectImage(`${registry.name(path)}@${old.digest}`);
      expect(before.Id).toBe(old.id);
      expect(before.RepoTags ?? []).toEqual([]);
      await cli.ok("rmi", `${registry.name(path)}@${old.digest}`);
      expect((await cli.run(["image", "inspect", old.id])).code).toBe(1);
    });

    test("push sends each name; the registry has one image under all of them", async () => {
      const path = cli.image("pushed").slice(0, -":1".length);
      const tags = ["1", "1.2", "latest"];
      for (const tag of tags) await cli.ok("tag", engine.base, registry.name(`${path}:${tag}`));
      await cli.ok("push", "-q", "-a", registry.name(path));
      expect((await registry.tags(path)).sort()).toEqual(tags);
      const digests = await Promise.all(tags.map(async (tag) => (await registry.manifest(path, tag)).digest));
      expect(new Set(digests).size).toBe(1);
    });
  }),
);
