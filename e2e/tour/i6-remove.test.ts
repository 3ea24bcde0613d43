/** I6: what is in use stays, and it is said by whom; what is removed gives its space back. */
import { expect, test } from "bun:test";
import { inventory, leavesNothing } from "../harness/data-root.ts";
import {
  bothClis,
  directoryOf,
  eventually,
  noiseTar,
  putImage,
  TestEngine,
  withRegistry,
} from "../harness/index.ts";

const engine = new TestEngine("i6").use();
const MB = 1_000_000;

/** Bytes of all files the engine keeps. */
function kept(): number {
  return inventory(engine.record)
    .map((line) => Number(/ file (\d+)$/.exec(line)?.[1] ?? 0))
    .reduce((sum, size) => sum + size, 0);
}

bothClis(engine, (cli) => {
  /** Pruning a daemon that others use too must touch what this file made alone. */
  const own = engine.isOracle ? ["--filter", `label=e2e=${engine.token}`] : [];
  const isThere = async (name: string) => (await cli.run(["image", "inspect", name])).code === 0;

  async function build(name: string, dockerfile: string): Promise<string> {
    using context = await directoryOf({ Dockerfile: `FROM ${engine.base}\n${dockerfile}` });
    await cli.ok("build", "-t", name, context.path);
    return (await cli.inspectImage(name)).Id;
  }
  const big = (mark: string) => `RUN head -c ${5 * MB} /dev/urandom > /${mark}\n`;

  test("an image that a running container uses is not removed, not even by force", async () => {
    const name = cli.image("running");
    const container = cli.unique("running");
    const id = await build(name, "ENV USED=running\n");
    const containerId = await cli.ok("run", "-d", "--name", container, name, "sleep", "1000");
    const short = containerId.slice(0, 12);
    for (const key of [id, id.slice("sha256:".length, 20)]) {
      for (const flags of [[], ["-f"]]) {
        const { code, stderr } = await cli.run(["rmi", ...flags, key]);
        expect(code).toBe(1);
        expect(stderr).toContain("conflict");
        expect(stderr).toContain(short);
        expect(stderr).toContain("running container");
      }
    }
    expect(await isThere(name)).toBe(true);
    expect(await cli.inside(container, "echo", "alive")).toBe("alive");
    await cli.ok("rm", "-f", container);
    await cli.ok("rmi", name);
  });

  test("a stopped container keeps its image too; by force the name goes", async () => {
    const name = cli.image("stopped");
    const container = cli.unique("stopped");
    await build(name, "ENV USED=stopped\n");
    const containerId = await cli.ok("create", "--name", container, name, "echo", "still runs");
    const { code, stderr } = await cli.run(["rmi", name]);
    expect(code).toBe(1);
    expect(stderr).toContain(`container ${containerId.slice(0, 12)}`);
    expect(await cli.ok("rmi", "-f", name)).toContain(`Untagged: ${name}`);
    expect(await isThere(name)).toBe(false);
    expect(await cli.ok("start", "-a", container)).toBe("still runs");
    await cli.ok("rm", container);
  });

  test("rmi of several: those that can go, go; the rest is named", async () => {
    const [one, two] = [cli.image("some:1"), cli.image("some:2")];
    await build(one, "ENV SOME=1\n");
    await build(two, "ENV SOME=2\n");
    const { code, stdout, stderr } = await cli.run(["rmi", one, cli.image("some:none"), two]);
    expect(code).toBe(1);
    expect(stdout).toContain(`Untagged: ${one}`);
    expect(stdout).toContain(`Untagged: ${two}`);
    expect(stderr).toContain(`No such image: ${cli.image("some:none")}`);
    expect(stderr.trim().split("\n").length).toBe(1);
  });

  test("prune takes what has no name and no container; prune -a what has no container", async () => {
    const [named, used] = [cli.image("prune:named"), cli.image("prune:used")];
    const nameless = await build(named, big("nameless"));
    await build(named, big("named"));
    await build(used, big("used"));
    const container = cli.unique("prune");
    await cli.ok("create", "--name", container, used);
    const heldNameless = await build(cli.image("prune:held"), "ENV HELD=1\n");
    const holder = cli.unique("holder");
    await cli.ok("create", "--name", holder, heldNameless);
    await build(cli.image("prune:held"), "ENV HELD=2\n");

    // Docker's classic builder remembers steps by their images alone; here layers stay until the cache is pruned, too.
    if (!engine.isOracle) await cli.ok("builder", "prune", "-f");
    const first = await cli.ok("image", "prune", "-f", ...own);
    expect(first).toContain(`deleted: ${nameless}`);
    expect(first).toMatch(/Total reclaimed space: 5(\.\d+)?MB/);
    expect([await isThere(nameless), await isThere(named), await isThere(heldNameless)]).toEqual([
      false,
      true,
      true,
    ]);
    const again = await cli.ok("image", "prune", "-f", ...own);
    expect(again).toBe("Total reclaimed space: 0B");

    const all = await cli.ok("image", "prune", "-a", "-f", ...own);
    expect(all).toContain(`untagged: ${named}`);
    expect(all).not.toContain(`untagged: ${used}`);
    expect([await isThere(named), await isThere(used), await isThere(heldNameless)]).toEqual([
      false,
      true,
      true,
    ]);
    await cli.ok("rm", container, holder);
    await cli.ok("image", "prune", "-a", "-f", ...own);
    expect(await isThere(used)).toBe(false);
    if (!engine.isOracle) await engine.importBase();
  });

  test("prune asks first, and without a yes takes nothing", async () => {
    const name = cli.image("asked");
    const old = await build(name, "ENV ASKED=1\n");
    await build(name, "ENV ASKED=2\n");
    const { code, stdout, stderr } = await cli.run(["image", "prune", ...own], { stdin: "n\n" });
    expect(stdout + stderr).toContain("WARNING! This will remove all dangling images.");
    expect(code).toBe(0);
    expect(await isThere(old)).toBe(true);
    expect((await cli.run(["image", "prune", ...own], { stdin: "y\n" })).stdout).toContain(`deleted: ${old}`);
    expect(await isThere(old)).toBe(false);
  });

  test("prune by age and by label", async () => {
    const [keep, drop] = [cli.image("filter:keep"), cli.image("filter:drop")];
    await build(keep, "LABEL keep=yes\n");
    await build(drop, "LABEL keep=no\n");
    await cli.ok("image", "prune", "-a", "-f", ...own, "--filter", "until=24h");
    expect([await isThere(keep), await isThere(drop)]).toEqual([true, true]);
    await cli.ok("image", "prune", "-a", "-f", ...own, "--filter", "label=keep=no");
    expect([await isThere(keep), await isThere(drop)]).toEqual([true, false]);
    await cli.ok("rmi", keep);
  });
});

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    const path = cli.image("space").slice(0, -":1".length);
    const put = (mark: string, layers: Uint8Array<ArrayBuffer>[]) =>
      putImage(registry, path, { config: { Env: ["PATH=/bin", `MARK=${mark}`] }, layers, tag: mark });

    test("the space of what is removed comes back, what others share stays", async () => {
      const shared = await noiseTar(8 * MB, "shared");
      const names = ["one", "two"].map((tag) => registry.name(`${path}:${tag}`)) as [string, string];
      await put("one", [shared, await noiseTar(8 * MB, "one")]);
      await put("two", [shared, await noiseTar(8 * MB, "two")]);
      const pullAndRemove = async () => {
        const before = engine.isOracle ? 0 : kept();
        await cli.ok("pull", "-q", names[0]);
        const one = engine.isOracle ? 0 : kept();
        await cli.ok("pull", "-q", names[1]);
        const both = engine.isOracle ? 0 : kept();
        // The layer that both have is stored once.
        if (!engine.isOracle) expect((both - one) * 1.5).toBeLessThan(one - before);
        await cli.ok("rmi", names[1]);
        expect(await cli.ok("run", "--rm", names[0], "sh", "-c", "cat /shared /one | wc -c")).toBe(
          String(16 * MB),
        );
        if (!engine.isOracle) {
          await eventually("the second one's space is back", () => Math.abs(kept() - one) < 100_000);
        }
        await cli.ok("rmi", names[0]);
      };
      if (engine.isOracle) await pullAndRemove();
      else await leavesNothing(engine.record, pullAndRemove);
    });
  }),
);
