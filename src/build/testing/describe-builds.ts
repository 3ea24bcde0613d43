import { afterAll, afterEach, beforeAll, describe, expect } from "bun:test";
import { cannotBuild, TestHost } from "./host.ts";

/** Lines that steps print, without the stream's own. */
export function printed(text: string): string[] {
  return text.split("\n").filter((line) => !/^(?:Step \d| ---> |Successfully|# Exec|$)/.test(line));
}

/** How many steps were found in the cache. */
export function cached(text: string): number {
  return text.split(" ---> Using cache").length - 1;
}

/** Describes what builds do, with a host of their own that has the image `base`. Skipped where builds cannot run. */
export function describeBuilds(name: string, body: (host: () => TestHost) => void): void {
  describe.skipIf(cannotBuild !== undefined)(name, () => {
    let host: TestHost;
    beforeAll(async () => {
      host = await TestHost.open();
      await host.makeBase();
    });
    afterAll(() => host.close());
    // Nothing that is undone may fail.
    afterEach(() => expect(host.complaints.splice(0)).toEqual([]));
    body(() => host);
  });
}
