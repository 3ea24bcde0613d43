import { expect, test } from "bun:test";
import { startServer } from "../test-support.ts";
import { ProgressStream } from "./progress-stream.ts";

/** A reply that keeps what is sent. */
function recording() {
  const lines: string[] = [];
  const stream = {
    pending: 0,
    push: (data: Uint8Array) => lines.push(Buffer.from(data).toString().trimEnd()),
    end() {},
  };
  return { lines, reply: { stream: () => stream } as never };
}

test("a bar moves ten times a second at most, and arrives", () => {
  const { lines, reply } = recording();
  let time = 0;
  const progress = new ProgressStream(reply, () => time);
  for (let current = 1; current <= 1000; current++) {
    time += 1;
    progress.send({ id: "a", status: "Downloading", progressDetail: { current, total: 1000 } });
    progress.send({ id: "b", status: "Downloading", progressDetail: { current, total: 1000 } });
  }
  progress.send({ id: "a", status: "Download complete", progressDetail: {} });
  const of = (id: string) => lines.map((line) => JSON.parse(line)).filter((message) => message.id === id);
  expect(of("a").length).toBe(12);
  expect(of("b").length).toBe(11);
  expect(of("a").at(-2).progressDetail.current).toBe(1000);
  expect(of("a").at(-1)).toEqual({ id: "a", status: "Download complete", progressDetail: {} });
});

test("a new status, another bar and plain lines are never held back", () => {
  const { lines, reply } = recording();
  const progress = new ProgressStream(reply, () => 0);
  const bar = (id: string, status: string) =>
    progress.send({ id, status, progressDetail: { current: 1, total: 2 } });
  bar("a", "Downloading");
  bar("a", "Extracting");
  bar("b", "Extracting");
  for (let i = 0; i < 3; i++) progress.send({ id: "a", status: "Waiting", progressDetail: {} });
  for (let i = 0; i < 3; i++) progress.send({ status: "line" });
  expect(lines.length).toBe(9);
});

test("bars are drawn for clients that only print them", async () => {
  await using server = await startServer({
    images: {
      load: async (_archive, progress) =>
        progress({ id: "a", status: "Loading layer", progressDetail: { current: 500, total: 1000 } }),
    },
  });
  const reply = await server.fetch("/images/load", { method: "POST" });
  expect(JSON.parse(await reply.text()).progress).toBe(`[${"=".repeat(25)}>${" ".repeat(25)}]     500B/1kB`);
});
