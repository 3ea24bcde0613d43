import { describe, expect, test } from "bun:test";
import { cached, describeBuilds, printed } from "./testing/describe-builds.ts";

describeBuilds("build cache", (host) => {
  describe("cache", () => {
    const dockerfile = 'FROM base\nCOPY f /f\nRUN cat /f > /g\nENV A=1\nRUN echo $A > /h\nCMD ["sh"]';
    test("the same again gives the same image, whatever the files' times", async () => {
      const first = await host().build(dockerfile, { f: { body: Buffer.from("same"), mtime: 1n } });
      const again = await host().build(dockerfile, { f: { body: Buffer.from("same"), mtime: 9n, uid: 7 } });
      expect(first.error).toBeUndefined();
      expect(cached(first.text)).toBe(0);
      expect(cached(again.text)).toBe(5);
      expect(again.id).toBe(first.id as string);
      expect(again.text).not.toContain("Running in");
    });
    test("a changed file, mode or instruction runs what comes behind it", async () => {
      await host().build(dockerfile, { f: "one" });
      expect(cached((await host().build(dockerfile, { f: "two" })).text)).toBe(0);
      expect(
        cached((await host().build(dockerfile, { f: { body: Buffer.from("one"), mode: 0o600 } })).text),
      ).toBe(0);
      const changed = await host().build(dockerfile.replace("A=1", "A=2"), { f: "one" });
      expect(cached(changed.text)).toBe(2);
      expect(changed.text.match(/Running in/g)?.length).toBe(1);
    });
    test("other files of the context do not count, build arguments do from their first RUN on", async () => {
      const text = "FROM base\nRUN one\nARG X\nCOPY f /f\nRUN echo $X".replace("one", "echo one");
      await host().build(text, { f: "1", g: "1" }, { buildArgs: { X: "1" } });
      expect(cached((await host().build(text, { f: "1", g: "2" }, { buildArgs: { X: "1" } })).text)).toBe(4);
      const other = await host().build(text, { f: "1", g: "2" }, { buildArgs: { X: "2" } });
      expect(printed(other.text)).toEqual(["2"]);
    });
    test("--no-cache runs everything, and the next build finds that", async () => {
      const text = "FROM base\nRUN cat /proc/sys/kernel/random/uuid | tee /id";
      const first = await host().build(text);
      const second = await host().build(text, {}, { noCache: true });
      expect(cached(second.text)).toBe(0);
      expect(second.id).not.toBe(first.id as string);
      expect((await host().build(text)).id).toBe(second.id as string);
    });
    test("a stage compiled anew to the same files keeps what copies them", async () => {
      const text = (line: string) =>
        `FROM base AS c\nRUN ${line}\nFROM base\nCOPY --from=c /out /out\nRUN echo behind`;
      await host().build(text("echo bin > /out"));
      const again = await host().build(text("true; echo bin > /out"));
      expect(again.text.match(/Running in/g)?.length).toBe(1);
      expect(printed(again.text)).toEqual([]);
    });
    test("nothing of a stage runs when what copies from it is cached", async () => {
      const text = "FROM base AS c\nRUN echo unneeded; echo 1 > /o\nFROM base\nCOPY --from=c /o /o";
      await host().build(text);
      const before = host().leftovers();
      expect(cached((await host().build(text)).text)).toBe(2);
      expect(host().leftovers()).toEqual(before);
    });
    test("a result whose layer is gone is made again", async () => {
      const text = "FROM base\nRUN echo gone > /gone";
      const { id } = await host().build(text, {}, { tags: ["gone"] });
      const layer = host().images.resolve("gone").layers.at(-1) as `sha256:${string}`;
      await host().images.remove("gone");
      await host().layers.remove(layer);
      const again = await host().build(text);
      expect(again.error).toBeUndefined();
      expect(cached(again.text)).toBe(0);
      expect(again.id).not.toBe(id as string);
    });
    test("two builds of the same at once do the work once and both hear it", async () => {
      const text = "FROM base\nRUN cat /proc/sys/kernel/random/uuid; sleep 0.2; echo shared";
      const [one, two] = await Promise.all([host().build(text), host().build(text)]);
      expect(one.id).toBe(two.id as string);
      expect(printed(one.text)).toEqual(printed(two.text));
      expect(printed(one.text)[1]).toBe("shared");
    });
  });

  describe("prune", () => {
    test("drops what is remembered, and layers that no image has", async () => {
      const kept = await host().build("FROM base\nRUN echo kept > /kept", {}, { tags: ["kept"] });
      await host().build("FROM base\nRUN echo lost > /lost; exit 0\nRUN exit 1");
      const layers = host().layers.list().length;
      const { deleted, reclaimed } = await host().builder.prune();
      expect(deleted.length).toBeGreaterThan(0);
      expect(reclaimed).toBeGreaterThan(0);
      expect(host().layers.list().length).toBeLessThan(layers);
      expect(host().state.buildCache.uses()).toEqual([]);
      expect(host().events.at(-1)).toMatchObject({ type: "builder", action: "prune" });
      for (const layer of host().images.resolve("kept").layers) expect(host().layers.has(layer)).toBe(true);
      const again = await host().build("FROM kept\nRUN cat /kept");
      expect(printed(again.text)).toEqual(["kept"]);
      expect(kept.error).toBeUndefined();
    });
    test("what a running build has made stays", async () => {
      const building = host().build("FROM base\nRUN echo made > /made\nRUN sleep 0.3; cat /made");
      await Bun.sleep(150);
      await host().builder.prune();
      expect(printed((await building).text)).toEqual(["made"]);
    });
  });
});
