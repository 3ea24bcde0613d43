import { expect, test } from "bun:test";
import type { Volume } from "../../volume/index.ts";
import { startServer } from "../test-support.ts";

const volume = (name: string, labels: Record<string, string>): Volume => ({
  name,
  mountpoint: `/volumes/${name}`,
  labels,
  createdAt: "2026-01-01T00:00:00Z",
  anonymous: false,
});

test.each([
  [{}, ["one", "two"]],
  [{ name: ["on"] }, ["one"]],
  [{ name: ["on", "tw"] }, ["one", "two"]],
  [{ driver: ["local"] }, ["one", "two"]],
  [{ driver: ["nfs"] }, []],
  [{ label: ["query"] }, ["one", "two"]],
  [{ label: ["query=a=b"] }, ["one"]],
  [{ label: ["query=a"] }, ["two"]],
  [{ label: ["query", "team=x"] }, ["one"]],
  [{ label: ["toString"] }, []],
])("volumes that fit %j: %j", async (filters, names) => {
  const all = [volume("one", { query: "a=b", team: "x" }), volume("two", { query: "a" })];
  await using server = await startServer({ volumes: { list: () => all } });
  const reply = await server.fetch(`/volumes?filters=${encodeURIComponent(JSON.stringify(filters))}`);
  const { Volumes } = (await reply.json()) as { Volumes: { Name: string }[] };
  expect(Volumes.map(({ Name }) => Name)).toEqual(names);
});
