import { describe, expect, test } from "bun:test";
import { MessageProgress } from "./message-progress.ts";
import { Plain, Screen } from "./testing/screen.ts";

const MESSAGES = [
  { status: "Pulling from bb", id: "1" },
  { status: "Pulling fs layer", id: "abc" },
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

  test("on a terminal each id keeps its line", () => {
    const out = new Screen(80, 24);
    const progress = new MessageProgress(out);
    for (const message of MESSAGES) progress.show(message);
    progress.finish();
    expect(out.text).toBe("Digest: sha256:00\nLoaded image: x\n1: Pulling from bb\nabc: Download complete");
    expect(out.cursorVisible).toBe(true);
  });

  test("a line that is over can be taken away", () => {
    const out = new Screen(80, 24);
    const progress = new MessageProgress(out);
    progress.show({ id: "archive", status: "Sending", progressDetail: { current: 1, total: 2 } });
    expect(out.text).toBe("archive: Sending [===============>              ]           1B/2B");
    progress.drop("archive");
    progress.show({ stream: "done\n" });
    progress.finish();
    expect(out.text).toBe("done");
  });
});
