import { expect, test } from "bun:test";
import { notFound } from "../../core/index.ts";
import type { NetworkInspect } from "../../spec/index.ts";
import { startServer } from "../test-support.ts";

const BRIDGE = { Name: "bridge", Id: "b1", Scope: "local" } as NetworkInspect;

const networks = {
  list: (filters?: ReadonlyMap<string, readonly string[]>) =>
    filters?.get("name")?.includes("none") ? [] : [BRIDGE],
  inspect: (name: string) => {
    if (name !== "bridge") throw notFound(`network ${name} not found`);
    return BRIDGE;
  },
  resolve: () => ({ id: "b1", name: "bridge", driver: "bridge" as const }),
};

test("list, with and without a trailing slash, filtered", async () => {
  await using server = await startServer({ networks });
  expect(await (await server.fetch("/networks")).json()).toEqual([BRIDGE]);
  expect(await (await server.fetch("/v1.51/networks/")).json()).toEqual([BRIDGE]);
  const filters = (text: string) => `/networks?filters=${encodeURIComponent(text)}`;
  expect(await (await server.fetch(filters('{"name":["none"]}'))).text()).toBe("[]\n");
  expect((await server.fetch(filters('{"bogus":["a"]}'))).status).toBe(400);
});

test("inspect, and its refusals", async () => {
  await using server = await startServer({ networks });
  expect(await (await server.fetch("/networks/bridge?verbose=true&scope=local")).json()).toEqual(BRIDGE);
  const missing = await server.fetch("/networks/nope");
  expect([missing.status, await missing.text()]).toEqual([404, '{"message":"network nope not found"}\n']);
  expect((await server.fetch("/networks/bridge?scope=swarm")).status).toBe(404);
  const verbose = await server.fetch("/networks/bridge?verbose=x");
  expect([verbose.status, await verbose.json()]).toEqual([
    400,
    { message: 'invalid value for verbose: x: strconv.ParseBool: parsing "x": invalid syntax' },
  ]);
});

test("the predefined networks stay", async () => {
  await using server = await startServer({ networks });
  const reply = await server.fetch("/networks/b1", { method: "DELETE" });
  expect([reply.status, await reply.text()]).toEqual([
    403,
    '{"message":"bridge is a pre-defined network and cannot be removed"}\n',
  ]);
});
