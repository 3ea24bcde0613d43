// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's syntax is what is tested here
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BerthError } from "../../../core/index.ts";
import type { Vertex } from "../../graph/index.ts";
import { baseImage, execOf, fileOf, historyOf, type PlanSetup, planOf, rootOf } from "../../testing/plan.ts";

const failure = (text: string, setup?: PlanSetup) => {
  try {
    planOf(text, setup);
  } catch (error) {
    expect(error).toBeInstanceOf(BerthError);
    return (error as Error).message;
  }
  return "no error";
};

describe("stages", () => {
  const texts = (text: string, setup?: PlanSetup) =>
    planOf(text, setup).steps.map((step) => `${step.number} ${step.text}`);
  test("only those that the target needs are converted and counted", () => {
    const text = [
      "ARG X=1",
      "FROM base AS a",
      "RUN a",
      "FROM base AS unused",
      "RUN never",
      "FROM scratch",
      "COPY --from=a /x /y",
    ].join("\n");
    expect(texts(text)).toEqual([
      "1 ARG X=1",
      "2 FROM base AS a",
      "3 RUN a",
      "4 FROM scratch",
      "5 COPY --from=a /x /y",
    ]);
    expect(texts(text, { target: "A" })).toEqual(["1 ARG X=1", "2 FROM base AS a", "3 RUN a"]);
    expect(texts(text, { target: "1" }).length).toBe(3);
    expect(planOf(text).total).toBe(5);
  });
  test("names are found again in any case, the nearest earlier one counts, numbers work", () => {
    const text =
      "FROM base AS A\nRUN one\nFROM base AS a\nRUN two\nFROM scratch\nCOPY --from=0 / /\nCOPY --from=a / /";
    const copies = planOf(text).target.root as Vertex;
    const from = (vertex: Vertex) =>
      vertex.inputs.map(({ vertex }) => (vertex.op.type === "exec" ? vertex.op.args.at(-1) : vertex.op.type));
    expect(from(copies)).toEqual(["file", "two"]);
    expect(from(copies.inputs[0]?.vertex as Vertex)).toEqual(["one"]);
  });
  test("COPY --from takes an image where no stage has the name", () => {
    expect(rootOf("FROM scratch\nCOPY --from=base /a /b").inputs[0]?.vertex.op).toEqual({
      type: "source",
      identifier: `docker-image://base@${baseImage().id}`,
    });
  });
  test("ONBUILD triggers of the base run first and are gone", () => {
    const images = { base: baseImage({ OnBuild: ["ENV A=1", "COPY --from=x /a /a"] }) };
    const built = planOf("FROM scratch AS x\nFROM base\nRUN b", { images });
    expect(built.steps.map(({ number, kind, triggers }) => [number, kind, triggers])).toEqual([
      [1, "from", 0],
      [2, "from", 2],
      [undefined, "config", 0],
      [undefined, "layer", 0],
      [3, "layer", 0],
    ]);
    expect(built.target.config.OnBuild).toBeUndefined();
    expect(historyOf(built.target)).toEqual([
      "base import",
      "ENV A=1",
      "COPY /a /a # buildkit",
      "RUN /bin/sh -c b # buildkit",
    ]);
  });
});

describe("operations", () => {
  test("COPY: an action per source, each on the result of the one before", () => {
    const op = fileOf("FROM base\nWORKDIR /w\nCOPY --chown=7 a ../../b c dst/");
    expect(op.actions.map((action) => [action.input, action.output])).toEqual([
      [0, -1],
      [2, -1],
      [3, 0],
    ]);
    expect(op.actions[1]).toMatchObject({
      source: "/b",
      destination: "/w/dst/",
      chown: { user: { id: 7 }, group: { id: 7 } },
    });
  });
  test("COPY on scratch has only the context as input", () => {
    const vertex = rootOf("FROM scratch\nCOPY a /b");
    expect(vertex.inputs.map(({ vertex }) => vertex.op)).toEqual([
      { type: "source", identifier: "local://context" },
    ]);
    expect(vertex.op).toMatchObject({ actions: [{ input: -1, from: 0, unpack: false }] });
  });
  test("COPY of heredocs", () => {
    const { actions } = fileOf("FROM scratch\nENV X=1\nCOPY --chmod=4755 <<a <<'b' /d/\n$X \"q\"\na\n$X\nb");
    expect(actions).toMatchObject([
      { type: "mkfile", path: "/d/a", data: '1 "q"\n', mode: 0o4755 },
      { type: "mkfile", path: "/d/b", data: "$X\n" },
    ]);
    expect(fileOf("FROM scratch\nCOPY <<a /d\na").actions).toMatchObject([{ path: "/d", mode: 0o644 }]);
  });
  test("destinations", () => {
    const to = (line: string) =>
      (fileOf(`FROM scratch\nWORKDIR /w\nCOPY ${line}`).actions[0] as { destination: string }).destination;
    expect(["a b", "a .", "a ./", "a /", "a b/", "a ../b/.", '["a",""]'].map(to)).toEqual([
      "/w/b",
      "/w/",
      "/w/",
      "/",
      "/w/b/",
      "/b/",
      "/w/",
    ]);
  });
  test("WORKDIR makes the directory as the current user's", () => {
    expect(fileOf("FROM base\nUSER u:g\nWORKDIR /x/y").actions).toMatchObject([
      {
        type: "mkdir",
        path: "/x/y",
        mode: 0o755,
        parents: true,
        chown: { user: { name: "u" }, group: { name: "g" } },
      },
    ]);
  });
  test("RUN", () => {
    expect(execOf("FROM base\nUSER u\nWORKDIR /w\nRUN --network=none a b")).toMatchObject({
      args: ["/bin/sh", "-c", "a b"],
      cwd: "/w",
      user: "u",
      network: "none",
      mounts: [{ input: 0, destination: "/", readonly: false, output: 0 }],
    });
    expect(execOf(`FROM base\nSHELL ["s","-x"]\nRUN a b`).args).toEqual(["s", "-x", "a b"]);
    expect(execOf("FROM scratch\nRUN a").mounts[0]?.input).toBe(-1);
  });
  test("RUN with heredocs", () => {
    expect(execOf("FROM base\nRUN <<-E\n\techo $x\n\tE").args).toEqual(["/bin/sh", "-c", "echo $x\n"]);
    expect(execOf("FROM base\nRUN cat <<E >x\na\nE").args).toEqual(["/bin/sh", "-c", "cat <<E >x\na\nE"]);
    const script = rootOf("FROM base\nRUN <<E\n#!/bin/x\na\nE");
    expect(script.op).toMatchObject({
      args: ["/bin/sh", "-c", "/dev/pipes/E"],
      mounts: [{ destination: "/" }, { input: 1, destination: "/dev/pipes", readonly: true, output: -1 }],
    });
    expect(script.inputs[1]?.vertex.op).toMatchObject({
      actions: [{ path: "/E", mode: 0o755, data: "#!/bin/x\na\n" }],
    });
  });
  test("the same text has the same digest, any change another", () => {
    const text = "FROM base\nENV A=1\nRUN a";
    expect(rootOf(text).digest).toBe(rootOf(text).digest);
    const others = [
      text.replace("A=1", "A=2"),
      text.replace("RUN a", "RUN b"),
      text.replace("ENV A=1\n", ""),
    ];
    expect(new Set([text, ...others].map((each) => rootOf(each).digest)).size).toBe(4);
  });
});

describe("mistakes", () => {
  const cases: [string, string][] = [
    [
      "COPY a b /x",
      "Dockerfile:2: When using COPY with more than one source file, the destination must be a directory and end with a /",
    ],
    [
      "COPY --chmod=9 a /x",
      "invalid chmod parameter: '9'. it should be octal string and between 0 and 07777",
    ],
    ["COPY --chmod=u+x a /x", "invalid chmod parameter: 'u+x'"],
    ["COPY --chown=:5 a /x", 'invalid owner ":5"'],
    ["COPY --from=$A a /x", "variable expansion is not supported for --from"],
    ["COPY --from=5 a /x", "Dockerfile:2: invalid stage index 5"],
    ["COPY --from=0 a /x", 'cannot copy from stage "0", it needs to be defined before current stage "0"'],
    ["COPY --from=nope a /x", "Dockerfile:2: No such image: nope:latest"],
    ["ADD http://x/y /z", "ADD http://x/y: ADD of a URL or git repository is not supported"],
    ["EXPOSE abc", "Dockerfile:2: invalid containerPort: abc"],
    ["EXPOSE 99999", "invalid containerPort: 99999"],
    ["EXPOSE 80/foo", 'invalid port: "80/foo": invalid proto: foo'],
    ["STOPSIGNAL FOO", "Dockerfile:2: invalid signal: FOO"],
    ["ENV A=${}", 'Dockerfile:2: failed to process "${}": syntax error: bad substitution'],
    ["RUN --network=host a", "RUN --network=host is not allowed"],
    ["ONBUILD FOO x", "dockerfile parse error on line 2: unknown instruction: FOO"],
    ["FROM $NOPE", "Dockerfile:2: base name ($NOPE) should not be blank"],
    ["FROM nope", "Dockerfile:2: No such image: nope:latest"],
    ["FROM base\nCOPY --from=later / /\nFROM base AS later\nFROM 1", "No such image: 1:latest"],
  ];
  for (const [line, expected] of cases) {
    test(line, () => expect(failure(`FROM base\n${line}`)).toContain(expected));
  }
  test("a stage copied from before it is defined", () => {
    expect(failure("FROM base\nCOPY --from=later / /\nFROM base AS later", { target: "0" })).toContain(
      'cannot copy from stage "later"',
    );
  });
  test("an unknown target names the nearest", () => {
    expect(failure("FROM base AS build", { target: "bild" })).toBe(
      'target stage "bild" could not be found in Dockerfile (did you mean build?)',
    );
  });
  test("values that double with every line end in an error, soon", () => {
    const lines = Array.from({ length: 100 }, () => "ENV A=$A$A");
    expect(failure(["FROM scratch", "ENV A=x", ...lines].join("\n"))).toContain("too long");
    const many = Array.from({ length: 100 }, (_, i) => `ENV B${i}=$A`);
    const grow = Array.from({ length: 20 }, () => "ENV A=$A$A");
    expect(failure(["FROM scratch", "ENV A=x", ...grow, ...many].join("\n"))).toContain("too long");
  });
  test("any Dockerfile converts or is refused by our own error", () => {
    const word = fc.constantFrom(
      "a",
      "/b/",
      "$A",
      "${A:-x}",
      "'",
      "--from=0",
      "--chown=u:g",
      "<<E",
      "8-9/udp",
      "[]",
      '["x"]',
      "=",
      "A=$A",
      "0",
    );
    const line = fc
      .tuple(
        fc.constantFrom(
          "COPY",
          "ADD",
          "RUN",
          "ENV",
          "ARG",
          "EXPOSE",
          "USER",
          "WORKDIR",
          "FROM",
          "ONBUILD ENV",
          "VOLUME",
          "E",
        ),
        fc.array(word, { maxLength: 4 }),
      )
      .map(([name, words]) => [name, ...words].join(" "));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        failure(["FROM base AS a", ...lines].join("\n"));
      }),
      { numRuns: 1500 },
    );
  });
});
