import { describe, expect, test } from "bun:test";
import { LiveRegion } from "./live-region.ts";
import { Screen } from "./testing/screen.ts";

describe("LiveRegion", () => {
  const make = (columns = 20, rows = 10) => {
    const screen = new Screen(columns, rows);
    return { screen, region: new LiveRegion(screen, () => rows) };
  };

  test("draws again in place, each time in one write, and leaves nothing of longer drawings", () => {
    const { screen, region } = make();
    region.draw(["one", "two", "a long third line"]);
    region.draw(["ONE", "short"]);
    expect(screen.text).toBe("ONE\nshort");
    expect(screen.writes).toBe(2);
  });

  test("text that stays goes above", () => {
    const { screen, region } = make();
    region.draw(["status"]);
    region.print("message", ["status"]);
    region.print("another\n", ["status 2"]);
    expect(screen.text).toBe("message\nanother\nstatus 2");
  });

  test("cuts lines to the terminal's width and shows the last of too many", () => {
    const { screen, region } = make(8, 4);
    region.draw(["1", "2", "3", "4 is too long", "5"]);
    expect(screen.text).toBe("3\n4 is to…\n5");
    region.draw(["1", "2", "3", "4", "6"]);
    expect(screen.text).toBe("3\n4\n6");
  });

  test("hides the cursor while it is there, and leaves whole lines behind", () => {
    const { screen, region } = make(20, 3);
    region.draw(["a"]);
    expect(screen.cursorVisible).toBe(false);
    region.finish(["a", "b", "c", "d"]);
    expect(screen.cursorVisible).toBe(true);
    expect(screen.text).toBe("a\nb\nc\nd");
  });

  test("writes nothing when there was nothing", () => {
    const { screen, region } = make();
    region.finish([]);
    expect(screen.writes).toBe(0);
  });
});
