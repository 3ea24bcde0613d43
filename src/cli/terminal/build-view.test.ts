import { describe, expect, test } from "bun:test";
import { BuildView } from "./build-view.ts";
import { Screen } from "./testing/screen.ts";

function make(env: Record<string, string> = { LANG: "C.UTF-8" }) {
  let time = 0;
  const screen = new Screen(40, 12);
  const view = new BuildView(screen, env, () => time);
  return {
    screen,
    view,
    wait: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

describe("BuildView", () => {
  test("shows what runs with its last lines, and folds it when it is done", () => {
    const { screen, view, wait } = make();
    view.status("sending context 2kB");
    view.draw();
    expect(screen.text).toBe("Building 0.0s\n  sending context 2kB");
    view.push("Step 1/2 : FROM scratch\n ---> 0e6fce5baf2d\nStep 2/2 : RUN make\n");
    view.push(Array.from({ length: 9 }, (_, index) => `line ${index}\n`).join(""));
    wait(1500);
    view.draw();
    expect(screen.text.split("\n").slice(0, 2)).toEqual([
      "Building 1/2 1.5s",
      "✓ 1/2 FROM scratch                  0.0s",
    ]);
    expect(screen.text.split("\n").slice(3)).toEqual([3, 4, 5, 6, 7, 8].map((index) => `  │ line ${index}`));
    view.push(" ---> 6f531f44bcbf\nSuccessfully built 6f531f44bcbf\n");
    view.finish("done");
    expect(screen.text).toBe(
      [
        "Built 2/2 1.5s",
        "✓ 1/2 FROM scratch                  0.0s",
        "✓ 2/2 RUN make                      1.5s",
        "Successfully built 6f531f44bcbf",
      ].join("\n"),
    );
    expect(screen.cursorVisible).toBe(true);
  });

  test("keeps the whole output of the step that failed", () => {
    const { screen, view } = make();
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    view.push(`Step 1/1 : RUN false\n ---> Using cache\nStep 2/2 : RUN x\n${lines.join("\n")}`);
    view.finish("failed");
    expect(screen.text).toBe(
      [
        "Build failed 2/2 0.0s",
        "✓ 1/1 RUN false                   CACHED",
        "✗ 2/2 RUN x                         0.0s",
        ...lines,
      ].join("\n"),
    );
  });

  test("without UTF-8 and colours it is plain ASCII", () => {
    const { screen, view } = make({ LANG: "C", NO_COLOR: "1" });
    view.push("Step 1/1 : RUN x\nout\n");
    view.draw();
    expect(screen.text).toMatch(/^[\x20-\x7e\n]+$/);
    view.finish("done");
  });

  test("a line in which a program went back shows its last part; long instructions are cut", () => {
    const { screen, view } = make();
    view.push(`Step 1/1 : RUN ${"x".repeat(100)}\n10%\r50%\r\n`);
    view.draw();
    expect(screen.text).toContain("│ 50%");
    expect(screen.text).toContain("x… 0.0s");
    view.finish("done");
  });
});
