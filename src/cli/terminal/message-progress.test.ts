import { describe, expect, test } from "bun:test";
import { MessageProgress } from "./message-progress.ts";
import { Plain, Screen } from "./testing/screen.ts";

const MESSAGES = [
  { status: "Pulling from bb", id: "1" },
  { status: "Pulling fs layer", id: "abc", progressDetail: {} },
  { status: "Downloading", id: "abc", progressDetail: { current: 500, total: 1000 } },
  { status: "Download complete", id: "abc", progressDetail: {} },
  { status: "Digest: sha256:00" },
  { stream: "Loaded image: x\n" },
];

describe("MessageProgress", () => {
  test("elsewhere than on a terminal every message is a line, without counting", () => {
    const out = new Plain();
    const progress = new MessageProgress(out);
    for (const message of MESSAGES) progress.show(message);
    progress.finish();
    expect(out.text).toBe(
      "1: Pulling from bb\nabc: Pulling fs layer\nabc: Download complete\nDigest: sha256:00\nLoaded image: x\n",
    );
  });

  test("on a terminal each id keeps its line, until something else is said", () => {
    const out = new Screen(80, 24);
    const progress = new MessageProgress(out);
    for (const message of MESSAGES) progress.show(message);
    progress.show({ status: "Pushing", id: "abc", progressDetail: {} });
    progress.show({ status: "Pushed", id: "abc", progressDetail: {} });
    progress.finish();
    expect(out.text).toBe(
      "1: Pulling from bb\nabc: Download complete\nDigest: sha256:00\nLoaded image: x\nabc: Pushed",
    );
    expect(out.cursorVisible).toBe(true);
  });

  test("a wide terminal has Docker's bar", () => {
    const out = new Screen(120, 24);
    const progress = new MessageProgress(out);
    progress.show({
      status: "Downloading",
      id: "a",
      progressDetail: { current: 1_234_000, total: 2_468_000 },
    });
    expect(out.text).toBe(`a: Downloading [${"=".repeat(25)}>${" ".repeat(25)}]  1.234MB/2.468MB`);
  });

  test("a footer of our own stays below what is said, and can be taken away", () => {
    const out = new Screen(80, 24);
    const progress = new MessageProgress(out);
    progress.footer("Sending", { current: 1, total: 2 });
    expect(out.text).toBe("Sending [===============>               ]       1B/2B");
    progress.show({ stream: "one\n" });
    expect(out.text).toBe("one\nSending [===============>               ]       1B/2B");
    progress.footer("Sending", undefined);
    progress.show({ stream: "done\n" });
    progress.finish();
    expect(out.text).toBe("one\ndone");
  });
});
