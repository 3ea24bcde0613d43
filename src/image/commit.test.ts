import { describe, expect, test } from "bun:test";
import { invalid } from "../core/index.ts";
import { inPieces, tarOf } from "./tar/test-support.ts";
import { TestRoom } from "./test-support.ts";
import type { CommitOptions } from "./types.ts";

const file = async (text: string) =>
  inPieces(await tarOf([{ name: "new", type: "file", body: Buffer.from(text) }]));

/** A room with an image of one layer, and what every commit over it gives. */
async function withBase() {
  const room = await TestRoom.open();
  const history = [{ created_by: "first" }];
  const id = await room.make("base:1", ["base"], { history, author: "them", variant: "v3" });
  const base = room.images.resolve(id);
  const options: CommitOptions = {
    base,
    config: { Labels: { z: "1", a: "2" }, Cmd: ["x"] },
    createdBy: "sh -c x",
  };
  return { room, base, options, [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() };
}

describe("commit", () => {
  test("a layer, a history entry and a name over the base, which becomes the parent", async () => {
    await using setup = await withBase();
    const { room, base, options } = setup;
    room.events.length = 0;
    const named = { ...options, author: "me", comment: "why", reference: "made:1" };
    const made = await room.images.commitLayer(await file("text"), named);
    expect(made.layers.slice(0, -1)).toEqual([...base.layers]);
    expect(made.config).toMatchObject({ author: "me", architecture: "amd64", os: "linux", variant: "v3" });
    expect(made.config.config).toEqual({ Cmd: ["x"], Labels: { a: "2", z: "1" } });
    expect(made.config.history).toEqual([
      { created_by: "first" },
      { created: made.config.created ?? "", created_by: "sh -c x", author: "me", comment: "why" },
    ]);
    expect(room.images.inspect("made:1")).toMatchObject({ Id: made.id, Parent: base.id, Comment: "why" });
    expect(room.events).toEqual([`create ${made.id}`, "tag made:1"]);
  });

  test("a tar without entries is no layer", async () => {
    await using setup = await withBase();
    const { room, base, options } = setup;
    const before = room.kept();
    const made = await room.images.commitLayer(inPieces(await tarOf([])), options);
    expect(made.layers).toEqual(base.layers);
    expect(made.config.author).toBeUndefined();
    expect(made.config.history?.at(-1)).toEqual({
      created: made.config.created ?? "",
      created_by: "sh -c x",
      empty_layer: true,
    });
    expect(room.kept()).toEqual({
      ...before,
      blobs: [...before.blobs, made.id].sort(),
      images: expect.any(Array),
    });
  });

  test("the same content is stored once", async () => {
    await using setup = await withBase();
    const { room, options } = setup;
    const one = await room.images.commitLayer(await file("same"), options);
    const two = await room.images.commitLayer(await file("same"), { ...options, comment: "again" });
    expect(two.layers).toEqual(one.layers);
    expect(room.kept().layers).toHaveLength(2);
  });

  test.each([
    ["while it is read", { reference: "made:1" }],
    ["when it is to be named", { reference: "Made:1" }],
  ])("nothing stays of one that fails %s", async (when, { reference }) => {
    await using setup = await withBase();
    const { room, options } = setup;
    const before = room.kept();
    async function* broken() {
      yield* await file("half");
      if (when === "while it is read") throw invalid("gone");
    }
    await expect(room.images.commitLayer(broken(), { ...options, reference })).rejects.toThrow();
    expect(room.kept()).toEqual(before);
  });

  test("an image that is kept for its container alone can be committed over, and is nobody's parent", async () => {
    await using setup = await withBase();
    const { room, base, options } = setup;
    room.uses.set(base.id, [{ containerId: "c".repeat(64), running: false }]);
    await room.images.remove("base:1", { force: true });
    expect(room.images.find(base.id)).toBeUndefined();
    const made = await room.images.commitLayer(await file("text"), options);
    expect(room.images.inspect(made.id).Parent).toBe("");
    room.uses.clear();
    await room.images.collect();
    expect(room.kept().layers).toEqual([...made.layers].sort());
  });
});
