import { describe, expect, test } from "bun:test";
import { FrameQueue } from "./frame-queue.ts";
import type { OutputFrame } from "./types.ts";

const frame = (bytes: number): OutputFrame => ({ stream: "stdout", data: new Uint8Array(bytes) });

function recorded() {
  const calls: string[] = [];
  const queue = new FrameQueue({ pause: () => calls.push("pause"), resume: () => calls.push("resume") });
  return { calls, queue };
}

describe("output on its way to a reader", () => {
  test("arrives in order and ends", async () => {
    const { queue } = recorded();
    const sizes: number[] = [];
    const reading = (async () => {
      for await (const { data } of queue) sizes.push(data.byteLength);
    })();
    queue.push(frame(1));
    await Bun.sleep(1);
    queue.push(frame(2));
    queue.push(frame(3));
    queue.end();
    queue.push(frame(4));
    await reading;
    expect(sizes).toEqual([1, 2, 3]);
  });

  test("the source pauses when much waits and goes on when most is read", async () => {
    const { calls, queue } = recorded();
    for (let n = 0; n < 10; n++) queue.push(frame(100_000));
    expect(calls).toEqual(["pause"]);
    const reader = queue[Symbol.asyncIterator]();
    for (let n = 0; n < 8; n++) await reader.next();
    expect(calls).toEqual(["pause"]);
    await reader.next();
    expect(calls).toEqual(["pause", "resume"]);
  });

  test("discarding drops what waits and lets the source go on", async () => {
    const { calls, queue } = recorded();
    queue.push(frame(1_000_000));
    queue.discard();
    expect(calls).toEqual(["pause", "resume"]);
    expect((await queue[Symbol.asyncIterator]().next()).done).toBe(true);
  });
});
