/** C9: image layers are read-only, each container writes into a layer of its own, and diff shows what. */
import { expect, test } from "bun:test";
import { bothClis, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c9").use();

bothClis(engine, (cli) => {
  const one = cli.unique("one");
  const two = cli.unique("two");
  const image = cli.image("layers");

  test("two containers of one image do not see each other's changes", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nCOPY data /data\nRUN echo from the image > /data/made\n`,
      "data/keep": "keep me\n",
      "data/change": "before\n",
      "data/remove": "remove me\n",
      "data/folder/inner": "inner\n",
    });
    await cli.ok("build", "-t", image, context.path);
    for (const name of [one, two]) await cli.ok("run", "-d", "--name", name, image, "sleep", "1000");
    const script =
      "echo after > /data/change; rm /data/remove; rm -r /data/folder; mkdir /new; echo x > /new/file; chmod 600 /data/made";
    await cli.inside(one, "sh", "-c", script);
    expect(await cli.inside(one, "cat", "/data/change", "/data/keep")).toBe("after\nkeep me");
    expect((await cli.run(["exec", one, "ls", "/data/remove"])).code).toBe(1);
    expect(await cli.inside(two, "cat", "/data/change", "/data/remove", "/data/folder/inner")).toBe(
      "before\nremove me\ninner",
    );
    expect((await cli.run(["exec", two, "ls", "/new"])).code).toBe(1);
    expect(await cli.inside(two, "stat", "-c", "%a", "/data/made")).toBe("644");
  });

  test("diff lists what was added, changed and deleted, and nothing for the other", async () => {
    expect((await cli.ok("diff", one)).split("\n").sort()).toEqual([
      "A /new",
      "A /new/file",
      "C /data",
      "C /data/change",
      "C /data/made",
      "D /data/folder",
      "D /data/remove",
    ]);
    expect(await cli.ok("diff", two)).toBe("");
  });

  test("the image is as it was", async () => {
    const before = await cli.inspectImage(image);
    const seen = await cli.ok(
      "run",
      "--rm",
      image,
      "sh",
      "-c",
      "cat /data/change /data/remove /data/folder/inner; ls -d /new || true",
    );
    expect(seen).toBe("before\nremove me\ninner");
    expect(await cli.inspectImage(image)).toEqual(before);
  }, 30_000);

  test("a folder that was removed and made anew holds only what is new", async () => {
    await cli.inside(two, "sh", "-c", "rm -r /data; mkdir /data; echo 1 > /data/only");
    expect(await cli.inside(two, "ls", "/data")).toBe("only");
    const changes = (await cli.ok("diff", two)).split("\n").sort();
    expect(changes).toContain("C /data");
    expect(changes).toContain("A /data/only");
  });

  test("renames, hard links and attributes work across the layers", async () => {
    const script = [
      "mv /etc/passwd /tmp/p && mv /tmp/p /etc/passwd && grep -q ^app: /etc/passwd",
      "mv /data/only /data/renamed && ln /data/renamed /data/linked",
      "stat -c %h /data/renamed",
    ].join(" && ");
    expect(await cli.inside(two, "sh", "-c", script)).toBe("2");
  });

  test("what was written stays while the container stays, and goes with it", async () => {
    await cli.ok("stop", "-t", "0", one);
    expect((await cli.ok("diff", one)).split("\n")).toContain("A /new/file");
    await cli.ok("start", one);
    expect(await cli.inside(one, "cat", "/new/file")).toBe("x");
    await cli.ok("rm", "-f", one, two);
    const fresh = await cli.run(["run", "--rm", "--name", one, image, "ls", "/new"]);
    expect(fresh.code).toBe(1);
  });
});
