import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BerthError } from "../../core/index.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { INSTRUCTION_NAMES } from "./instruction.ts";

/** The instructions of a one-stage Dockerfile with these lines after its FROM. */
const body = (...lines: string[]) =>
  parseDockerfile(["FROM scratch", ...lines].join("\n")).stages[0]?.instructions ?? [];
const one = (...lines: string[]) => body(...lines)[0];
const failure = (text: string) => {
  try {
    parseDockerfile(text);
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
};
const bodyFailure = (...lines: string[]) => failure(["FROM scratch", ...lines].join("\n"));

describe("directives", () => {
  const escapeOf = (text: string) => parseDockerfile(text).directives.escape;
  test("escape is read at the top only", () => {
    expect(escapeOf("# escape=`\nFROM x")).toBe("`");
    expect(escapeOf("#Escape =  ` \nFROM x")).toBe("`");
    expect(escapeOf("# syntax=docker/dockerfile:1 x\n# escape=`\nFROM x")).toBe("`");
    expect(escapeOf("# hello\n# escape=`\nFROM x")).toBe("\\");
    expect(escapeOf("\n# escape=`\nFROM x")).toBe("\\");
    expect(escapeOf("FROM x\n# escape=`")).toBe("\\");
    expect(escapeOf("# unknown=1\n# escape=`\nFROM x")).toBe("\\");
    expect(parseDockerfile("# syntax=docker/dockerfile:1 x\nFROM x").directives.syntax).toBe(
      "docker/dockerfile:1",
    );
  });
  test("mistakes", () => {
    expect(failure("# escape=a\nFROM x")).toBe(
      "dockerfile parse error on line 1: invalid escape token 'a' does not match ` or \\",
    );
    expect(failure("# escape=`\n# escape=`\nFROM x")).toContain("only one escape parser directive");
  });
});

describe("lines", () => {
  test("continuations join, comments inside vanish, ranges span them", () => {
    const run = one("RUN echo a \\", "  # comment", "   && \\  ", "echo b");
    expect(run?.text).toBe("RUN echo a    && echo b");
    expect(run?.range).toEqual({ start: 2, end: 5 });
  });
  test("an escaped escape does not continue", () => {
    expect(body("RUN echo \\\\", "RUN b").length).toBe(2);
    expect(one("RUN echo \\\\")).toMatchObject({ command: { args: ["echo \\\\"] } });
  });
  test("a file that ends inside a continuation is fine", () => {
    expect(one("RUN a \\")).toMatchObject({ command: { args: ["a"] } });
  });
  test("empty lines in continuations warn", () => {
    const parsed = parseDockerfile("FROM x\nRUN a \\\n\n b");
    expect(parsed.warnings).toEqual(["Empty continuation line found in: RUN a  b"]);
  });
  test("BOM and CRLF", () => {
    const parsed = parseDockerfile("\uFEFFFROM x\r\nRUN a \\\r\n  b\r\n");
    expect(parsed.stages[0]?.instructions[0]).toMatchObject({ command: { args: ["a   b"] } });
  });
  test("the backtick continues when it is the escape character", () => {
    const parsed = parseDockerfile("# escape=`\nFROM x\nRUN a `\n b\nRUN c\\\n");
    expect(parsed.stages[0]?.instructions.map(({ text }) => text)).toEqual(["RUN a  b", "RUN c\\"]);
  });
  test("no instructions, no FROM, too long a line", () => {
    expect(failure("")).toContain("file with no instructions");
    expect(failure("# only\n\n")).toContain("file with no instructions");
    expect(failure("RUN x")).toContain("dockerfile parse error on line 1: no build stage in current context");
    expect(failure("ARG X")).toContain("there is no FROM");
    expect(bodyFailure(`RUN ${"a".repeat(70_000)}`)).toContain("line greater than max allowed size of 65535");
    expect(failure("FROM x\n".repeat(501))).toContain("more than 500 build stages");
    expect(bodyFailure(...Array<string>(4096).fill("CMD x"))).toContain("more than 4096 instructions");
    expect(bodyFailure("RUN a\0b")).toContain("line 2: NUL character");
  });
});

describe("FROM", () => {
  const from = (line: string) => parseDockerfile(line).stages[0]?.from;
  test("forms", () => {
    expect(from("from busybox")).toMatchObject({ base: "busybox" });
    expect(from("FROM --platform=linux/arm64 a:1@sha256:x as Build-1")).toMatchObject({
      base: "a:1@sha256:x",
      name: "build-1",
      platform: "linux/arm64",
    });
  });
  test("mistakes", () => {
    const wants = "dockerfile parse error on line 1: FROM requires either one or three arguments";
    for (const line of ["FROM", "FROM a b", "FROM a xx b", "FROM a AS b c"])
      expect(failure(line)).toBe(wants);
    expect(failure("FROM a AS 1b")).toContain(`invalid name for build stage: "1b"`);
    expect(failure("FROM --plattform=x a")).toBe(
      "dockerfile parse error on line 1: unknown flag: --plattform (did you mean --platform?)",
    );
    expect(failure("FROM --platform a")).toContain("missing a value on flag: --platform");
  });
  test("global arguments come before the first FROM", () => {
    const parsed = parseDockerfile("ARG A=1\nARG B\nFROM x\nARG C\nFROM y");
    expect(parsed.globalArgs.map(({ args }) => args[0]?.key)).toEqual(["A", "B"]);
    expect(parsed.stages.length).toBe(2);
  });
});

describe("instructions", () => {
  test("unknown ones name the nearest", () => {
    expect(bodyFailure("", "RUNN x")).toBe(
      "dockerfile parse error on line 3: unknown instruction: RUNN (did you mean RUN?)",
    );
    expect(bodyFailure("runn x")).toContain("unknown instruction: runn (did you mean RUN?)");
    expect(bodyFailure("FOOBARBAZ x")).toBe(
      "dockerfile parse error on line 2: unknown instruction: FOOBARBAZ",
    );
  });
  test("RUN, CMD, ENTRYPOINT: exec and shell form", () => {
    expect(one(`RUN ["a", "b c"]`)).toMatchObject({ command: { shell: false, args: ["a", "b c"] } });
    expect(one(`CMD ['a']`)).toMatchObject({ kind: "cmd", command: { shell: true, args: ["['a']"] } });
    expect(one("ENTRYPOINT  a  b ")).toMatchObject({ command: { shell: true, args: ["a  b"] } });
    expect(one("CMD []")).toMatchObject({ command: { shell: false, args: [] } });
    expect(bodyFailure("RUN [1]")).toContain("arrays must be comprised of strings only");
    expect(bodyFailure("RUN")).toContain("RUN requires at least one argument");
    expect(one("RUN --network=none a --x")).toMatchObject({ network: "none", command: { args: ["a --x"] } });
  });
  test("flags that are not carried out yet name file, line and flag", () => {
    expect(bodyFailure("RUN --mount=type=cache,target=/x a")).toBe(
      "Dockerfile:2: RUN --mount is not supported",
    );
    expect(bodyFailure("COPY --link a b")).toBe("Dockerfile:2: COPY --link is not supported");
    expect(bodyFailure("RUN --nope a")).toContain("line 2: unknown flag: --nope");
    expect(bodyFailure("COPY --chown=1 --chown=2 a b")).toContain("duplicate flag specified: --chown");
    expect(bodyFailure("CMD --x a")).toContain("unknown flag: --x");
  });
  test("flags: quotes, escapes, a lone -- ends them", () => {
    expect(one(`COPY --chown="a b":c\\ d a b`)).toMatchObject({ chown: "a b:c d" });
    expect(one("RUN -- --x")).toMatchObject({ command: { args: ["--x"] } });
  });
  test("COPY and ADD", () => {
    expect(one("COPY --from=b --chmod=755 a* b/ /d")).toMatchObject({
      from: "b",
      chmod: "755",
      sources: ["a*", "b/"],
      destination: "/d",
    });
    expect(one(`ADD ["a b", "c"]`)).toMatchObject({ kind: "add", sources: ["a b"], destination: "c" });
    expect(bodyFailure("COPY a")).toContain(
      "COPY requires at least two arguments, but only one was provided",
    );
    expect(bodyFailure("ADD --from=x a b")).toContain("unknown flag: --from");
  });
  test("ENV, LABEL, ARG", () => {
    expect(one(`ENV a=1 b="x y" c=x\\ y d=`)).toMatchObject({
      legacy: false,
      pairs: [
        { key: "a", value: "1" },
        { key: "b", value: '"x y"' },
        { key: "c", value: "x\\ y" },
        { key: "d", value: "" },
      ],
    });
    expect(one("ENV a  b c=d ")).toMatchObject({ legacy: true, pairs: [{ key: "a", value: "b c=d" }] });
    expect(one("ARG a b=1 c=")).toMatchObject({
      args: [
        { key: "a", value: undefined },
        { key: "b", value: "1" },
        { key: "c", value: "" },
      ],
    });
    expect(bodyFailure("ENV a=1 b")).toContain(`can't find = in "b". Must be of the form: name=value`);
    expect(bodyFailure("ENV a")).toContain("ENV must have two arguments");
    expect(bodyFailure("ENV =b")).toContain("ENV names can not be blank");
    expect(bodyFailure("LABEL")).toContain("LABEL requires at least one argument");
    expect(bodyFailure("ARG =1")).toContain("ARG names can not be blank");
  });
  test("HEALTHCHECK", () => {
    expect(one("HEALTHCHECK --interval=5s --timeout=1m --retries=3 CMD a b")).toMatchObject({
      check: { Test: ["CMD-SHELL", "a b"], Interval: 5e9, Timeout: 60e9, Retries: 3 },
    });
    expect(one(`HEALTHCHECK cmd ["a"]`)).toMatchObject({ check: { Test: ["CMD", "a"] } });
    expect(one("HEALTHCHECK NONE")).toMatchObject({ check: { Test: ["NONE"] } });
    expect(bodyFailure("HEALTHCHECK NONE x")).toContain("HEALTHCHECK NONE takes no arguments");
    expect(bodyFailure("HEALTHCHECK FOO x")).toContain(`unknown type "FOO" in HEALTHCHECK (try CMD)`);
    expect(bodyFailure("HEALTHCHECK --interval=1us CMD x")).toContain("cannot be less than 1ms");
    expect(bodyFailure("HEALTHCHECK --retries=-1 CMD x")).toContain("--retries cannot be negative (-1)");
    expect(bodyFailure("HEALTHCHECK CMD")).toContain("missing command after HEALTHCHECK CMD");
  });
  test("the others", () => {
    expect(one("EXPOSE 90/udp 80")).toMatchObject({ values: ["80", "90/udp"] });
    expect(one(`VOLUME ["/a b", "/c"]`)).toMatchObject({ values: ["/a b", "/c"] });
    expect(one("VOLUME /a /b")).toMatchObject({ values: ["/a", "/b"] });
    expect(one(`SHELL ["/bin/sh","-c"]`)).toMatchObject({ shell: ["/bin/sh", "-c"] });
    expect(bodyFailure("SHELL /bin/sh -c")).toContain("SHELL requires the arguments to be in JSON form");
    expect(one("WORKDIR /a b")).toMatchObject({ kind: "workdir", value: "/a b" });
    expect(one("MAINTAINER A <a@b>")).toMatchObject({ value: "A <a@b>" });
    expect(one("ONBUILD  RUN echo a")).toMatchObject({ expression: "RUN echo a" });
    expect(bodyFailure("ONBUILD ONBUILD RUN a")).toContain("Chaining ONBUILD");
    expect(bodyFailure("ONBUILD from x")).toContain("FROM isn't allowed as an ONBUILD trigger");
  });
});

describe("heredocs", () => {
  test("RUN keeps the body as written", () => {
    const run = one("RUN <<EOF", "  echo $x", "\tEOF", "EOF", "CMD a");
    expect(run).toMatchObject({
      command: { args: ["<<EOF"] },
      heredocs: [{ name: "EOF", expand: true, stripTabs: false, body: "  echo $x\n\tEOF\n" }],
      range: { start: 2, end: 5 },
    });
  });
  test("several in order, quoting, tabs", () => {
    expect(one(`COPY <<a <<-"b" x /d/`, "1", "a", "\t2", "\tb")).toMatchObject({
      sources: ["x"],
      files: [
        { name: "a", content: "1\n", expand: true },
        { name: "b", content: "2\n", expand: false },
      ],
    });
  });
  test("a quoted << is text, JSON has none, other instructions have none", () => {
    expect(one(`RUN echo "<<EOF"`)).toMatchObject({ heredocs: [] });
    expect(one(`RUN ["<<EOF"]`)).toMatchObject({ heredocs: [] });
    expect(one("CMD cat <<EOF")).toMatchObject({ kind: "cmd" });
    expect(one("RUN x <<< y")).toMatchObject({ heredocs: [] });
  });
  test("ONBUILD carries its bodies", () => {
    expect(one("ONBUILD RUN <<EOF", "a", "EOF")).toMatchObject({ expression: "RUN <<EOF\na\nEOF" });
  });
  test("mistakes", () => {
    expect(bodyFailure("RUN <<EOF", "a")).toContain("dockerfile parse error on line 2: unterminated heredoc");
    expect(bodyFailure("COPY x <<EOF", "EOF")).toContain("COPY cannot accept a heredoc as a destination");
  });
});

test("any text parses or is refused by our own error", () => {
  const line = fc.oneof(
    fc
      .tuple(fc.constantFrom(...INSTRUCTION_NAMES, "RUNN", "#", ""), fc.string())
      .map((words) => words.join(" ")),
    fc.constantFrom(
      "FROM x",
      "# escape=`",
      "RUN a \\",
      "RUN <<E",
      "E",
      `CMD ["a"]`,
      "ONBUILD COPY <<-'E' /x",
    ),
    fc.string({ unit: "grapheme" }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
      try {
        parseDockerfile(lines.join(end));
      } catch (error) {
        expect(error).toBeInstanceOf(BerthError);
      }
    }),
    { numRuns: 2000 },
  );
});
