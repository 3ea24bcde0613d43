import { expect, test } from "bun:test";
import { createServer } from "node:http";
import { testClient, unhurried } from "../testing/client-support.ts";

test("who waits for another's look at a registry is not given up with it, nor held by it", async () => {
  const waiting: (() => void)[] = [];
  let pings = 0;
  // The first look gets no answer until it is let go.
  const server = createServer((incoming, outgoing) => {
    const reply = () => outgoing.end(JSON.stringify({ tags: ["a"] }));
    if (incoming.url === "/v2/" && ++pings === 1) waiting.push(reply);
    else reply();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    const repo = testClient().repository(`127.0.0.1:${port}`);
    const [first, second] = [new AbortController(), new AbortController()];
    const looking = repo.tags(first.signal);
    const held = repo.tags(second.signal);
    const patient = repo.tags(unhurried());
    while (waiting.length === 0) await Bun.sleep(1);
    second.abort(new Error("second"));
    await expect(held).rejects.toThrow("second");
    first.abort(new Error("first"));
    await expect(looking).rejects.toThrow("first");
    expect(await patient).toEqual(["a"]);
    expect(pings).toBe(2);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("names that are no host are refused", () => {
  const { repository } = testClient();
  for (const domain of ["", "a b", "a/b", "u@h", "h:", "h:123456", "[::1", "-x", "h?x", "h#x", "h\\x"]) {
    expect(() => repository(domain)).toThrow(/invalid registry (name|address)/);
  }
});
