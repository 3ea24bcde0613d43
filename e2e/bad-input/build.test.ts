/** Wrong Dockerfiles and contexts: one line that names the thing and the place, and nothing half-made stays. */
import { expect, test } from "bun:test";
import { leavesNothing } from "../harness/data-root.ts";
import { bothClis, directoryOf, TestEngine, tarOf } from "../harness/index.ts";

const engine = new TestEngine("bad-build").use();
/** Docker's notice about the classic builder, its usage and its closing hint. */
const NOT_THE_ERROR = /legacy builder|BuildKit|environment-variable|^Usage: |^Run '.*--help'/;

bothClis(engine, (cli) => {
  /** Builds what must be refused; checks that no trace stays; returns the error. */
  async function refused(files: Record<string, string>, ...flags: string[]): Promise<string> {
    using context = await directoryOf(files);
    let said = "";
    const attempt = async () => {
      const { code, stdout, stderr } = await cli.run(["build", ...flags, context.path]);
      expect(code).not.toBe(0);
      expect(stdout).not.toContain("Successfully built");
      said = stderr;
    };
    if (engine.isOracle) await attempt();
    else await leavesNothing(engine.record, attempt);
    const lines = said.split("\n").filter((line) => line.trim() !== "" && !NOT_THE_ERROR.test(line));
    expect(lines.length).toBe(1);
    return lines.join("");
  }

  test("unknown instruction: its word and its line", async () => {
    const said = await refused({ Dockerfile: `FROM ${engine.base}\n\n# a comment\nRNU echo hello\n` });
    expect(said).toContain("unknown instruction: RNU");
    expect(said).toMatch(/line 4\b|Dockerfile:4\b/);
  });

  test("an instruction without its arguments, a wrong flag, an unfinished list: the line each time", async () => {
    expect(await refused({ Dockerfile: `FROM ${engine.base}\nCOPY onlyone\n` })).toMatch(
      /COPY requires at least two arguments/,
    );
    expect(await refused({ Dockerfile: `FROM ${engine.base}\nCOPY --chwon=1 a b\n` })).toMatch(
      /unknown flag: (--)?chwon/i,
    );
    expect(await refused({ Dockerfile: `FROM ${engine.base}\nENV\n` })).toMatch(
      /ENV requires at least one argument/,
    );
    expect(await refused({ Dockerfile: `FROM ${engine.base}\nEXPOSE eighty\n` })).toContain("eighty");
  });

  test("an empty Dockerfile, and one that does not begin with FROM", async () => {
    expect(await refused({ Dockerfile: "# nothing here\n" })).toMatch(/no (build stage|instructions)/i);
    expect(await refused({ Dockerfile: "RUN true\nFROM scratch\n" })).toMatch(/no build stage|FROM/i);
  });

  test("a missing Dockerfile: the name that was looked for", async () => {
    expect(await refused({ other: "" })).toContain("Dockerfile");
    expect(await refused({ Dockerfile: "FROM scratch\n" }, "-f", "Missing.Dockerfile")).toContain(
      "Missing.Dockerfile",
    );
  });

  test("a missing COPY source: its name", async () => {
    const said = await refused({ Dockerfile: `FROM ${engine.base}\nCOPY no-such-file /\n` });
    expect(said).toContain("no-such-file");
    expect(said).toMatch(/not found|no such file|does not exist/i);
  });

  test("a source that .dockerignore hides is missing too", async () => {
    const files = {
      Dockerfile: `FROM ${engine.base}\nCOPY hidden /\n`,
      ".dockerignore": "hidden\n",
      hidden: "x",
    };
    expect(await refused(files)).toContain("hidden");
  });

  test("a source outside of the context is not reached", async () => {
    expect(await refused({ Dockerfile: `FROM ${engine.base}\nCOPY ../../../../etc/hostname /\n` })).toMatch(
      /hostname|forbidden path/i,
    );
  });

  test("COPY --from a stage that is not there, --target likewise", async () => {
    expect(await refused({ Dockerfile: `FROM ${engine.base}\nCOPY --from=5 /a /b\n` })).toContain("5");
    expect(await refused({ Dockerfile: `FROM ${engine.base} AS one\n` }, "--target", "two")).toContain("two");
  });

  test("a bad tag is refused before anything is built", async () => {
    expect(await refused({ Dockerfile: `FROM ${engine.base}\n` }, "-t", "Not/Valid:x")).toContain(
      "repository name",
    );
  });

  test("a build that fails late leaves neither image nor container", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nRUN echo one > /one\nRUN exit 9\n`,
    });
    const image = cli.image("late");
    const { code } = await cli.run(["build", "-t", image, context.path]);
    expect(code).not.toBe(0);
    expect((await cli.run(["image", "inspect", image])).code).toBe(1);
    if (!engine.isOracle) expect(await cli.ok("ps", "-a", "-q")).toBe("");
  });

  test("a context that breaks off is refused, and nothing of it stays", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM ${engine.base}\nCOPY big /\n`,
      big: "x".repeat(300_000),
    });
    const whole = await tarOf(context.path);
    const attempt = async () => {
      const { code } = await cli.run(["build", "-"], { stdin: whole.slice(0, 150_000) });
      expect(code).not.toBe(0);
    };
    if (engine.isOracle) await attempt();
    else await leavesNothing(engine.record, attempt);
  });
});
