import { beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startProcess } from "../process/index.ts";
import { CommandFailed } from "./errors.ts";
import { describeBuilds, printed } from "./testing/describe-builds.ts";
import { archive, type Files } from "./testing/tar.ts";

describeBuilds("builds that fail", (host) => {
  describe("what goes wrong", () => {
    let before: string[];
    beforeEach(() => {
      before = host().leftovers();
    });
    /** Nothing new stays, not even in part. */
    const nothingLeft = () => expect(host().leftovers()).toEqual(before);

    test("a command that fails", async () => {
      const built = await host().build("FROM base\nRUN echo said; exit 3");
      expect(built.error).toBeInstanceOf(CommandFailed);
      expect((built.error as CommandFailed).exitCode).toBe(3);
      expect(built.error?.message).toBe(
        "The command '/bin/sh -c echo said; exit 3' returned a non-zero code: 3",
      );
      expect(built.text).toMatch(/Step 2\/2 : RUN echo said; exit 3\n ---> Running in \w+\nsaid\n$/);
      nothingLeft();
    });
    test("a program that is not there", async () => {
      const built = await host().build('FROM base\nRUN ["nope"]');
      expect(built.error?.message).toContain('exec: "nope": executable file not found in $PATH');
      expect(built.error?.message).toEndWith("(Dockerfile:2)");
      nothingLeft();
    });
    test("files, users, places that are not there", async () => {
      const cases: [string, string][] = [
        [
          "COPY nope /x",
          "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist (Dockerfile:3)",
        ],
        [
          "ADD a/nope /x",
          "ADD failed: file not found in build context or excluded by .dockerignore: stat a/nope",
        ],
        ["COPY --from=base /nope /x", "stat nope: file does not exist (Dockerfile:3)"],
        ["COPY [ab] /x", "the destination must be a directory and end with a / (Dockerfile:3)"],
        ["COPY --chown=nobody a /x", "unable to find user nobody"],
        ["COPY a /etc/passwd/", 'mkdir "/etc/passwd": not a directory (Dockerfile:3)'],
        ["USER nobody\nRUN true", "unable to find user nobody: no matching entries in passwd file"],
      ];
      for (const [lines, message] of cases) {
        const built = await host().build(`FROM base\n\n${lines}`, { a: "1", b: "2" });
        expect(built.error?.message).toContain(message);
      }
      nothingLeft();
    });
    test("a missing file is told before anything runs, at its step", async () => {
      const built = await host().build("FROM base\nRUN sleep 5\nCOPY nope /x");
      expect(built.text).not.toContain("Running in");
      expect(built.text).toEndWith("Step 3/3 : COPY nope /x\n");
      nothingLeft();
    });
    test("Dockerfiles, tags and contexts", async () => {
      expect((await host().build("FROM base\nRUNN x")).error?.message).toBe(
        "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
      );
      expect((await host().build("FROM nope:1")).error?.message).toBe("Dockerfile:1: No such image: nope:1");
      expect((await host().build("FROM base", {}, { tags: ["A:b"] })).error?.message).toContain(
        "invalid reference format",
      );
      expect((await host().build("", {}, { dockerfile: "other" })).error?.message).toBe(
        "Cannot locate specified Dockerfile: other",
      );
      expect((await host().build("FROM base", {}, { platform: "linux/s390x" })).error?.message).toContain(
        "does not match the specified platform: wanted linux/s390x",
      );
      const tar = await archive({ Dockerfile: "FROM base", f: "x".repeat(5000) });
      const contexts: Uint8Array[] = [
        tar.subarray(0, 3000),
        gzipSync(tar).subarray(0, 100),
        Buffer.from("no tar at all"),
      ];
      for (const bytes of contexts) {
        const context = (async function* () {
          yield bytes;
        })();
        expect((await host().build("", {}, { context })).error?.message).toMatch(
          /truncated|damaged|Cannot locate/,
        );
      }
      nothingLeft();
    });
    test("a context that reaches out", async () => {
      const link = (linkname: string) => ({ type: "symlink", linkname }) as const;
      expect((await host().build("FROM base", { "../evil": "" })).error?.message).toContain(
        "leads outside of it",
      );
      const text = "FROM base\nCOPY out/passwd /stolen";
      const files: Files = { out: link("/etc") };
      expect((await host().build(text, files)).error?.message).toContain("file not found in build context");
      expect(
        (await host().build("", { f: link("/etc/passwd") }, { dockerfile: "f" })).error?.message,
      ).toContain("Cannot locate");
      nothingLeft();
    });
    test("an image whose links reach out", async () => {
      const text = [
        "FROM base AS s",
        "RUN ln -s / /root-of-all && ln -s ../../../../../../../.. /up",
        "FROM s",
        "COPY f /root-of-all/tmp/berth-f",
        "COPY f /up/tmp/berth-g",
        "COPY --from=s /up/etc/hostname* /h/",
        "RUN ls /tmp; test -e /h || echo none",
      ];
      const built = await host().build(text.join("\n"), { f: "1" });
      expect(printed(built.text)).toEqual(["berth-f", "berth-g", "none"]);
    });
  });

  describe("an abort", () => {
    test("kills the step and leaves nothing", async () => {
      const before = host().leftovers();
      const stop = new AbortController();
      const building = host().build(
        "FROM base\nRUN echo begun; sleep 60",
        {},
        { signal: stop.signal, networkMode: "default" },
      );
      await Bun.sleep(300);
      const asked = Date.now();
      stop.abort();
      const built = await building;
      expect(Date.now() - asked).toBeLessThan(3000);
      expect(built.error?.message).toBe("the build was cancelled");
      expect(built.text).toContain("begun\n");
      expect(host().leftovers()).toEqual(before);
    });
    test("while the context comes", async () => {
      const before = host().leftovers();
      const stop = new AbortController();
      const context = (async function* () {
        yield (await archive({ Dockerfile: "FROM base" })).subarray(0, 1024);
        stop.abort();
        throw new Error("connection lost");
      })();
      const built = await host().build("", {}, { context, signal: stop.signal });
      expect(built.error).toBeDefined();
      expect(host().leftovers()).toEqual(before);
    });
  });

  describe("after the engine was killed", () => {
    test("what its builds left is removed", async () => {
      const before = host().leftovers();
      const { directory, bridge } = host();
      host().stop();
      const script = join(import.meta.dir, "testing", "doomed-build.ts");
      const child = startProcess([process.execPath, script, directory, bridge], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "inherit",
      });
      const said = (child.stdout as ReadableStream<Uint8Array>).getReader();
      expect(Buffer.from((await said.read()).value ?? []).toString()).toBe("begun\n");
      child.kill("SIGKILL");
      await child.exited;
      await said.cancel();
      expect(host().leftovers().length).toBeGreaterThan(before.length);
      await host().start();
      await host().recover();
      expect(
        host()
          .leftovers()
          .filter((path) => !path.endsWith("/temp")),
      ).toEqual(before);
      expect((await host().build("FROM base\nRUN true")).error).toBeUndefined();
    });
  });
});
