// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the shell's syntax is what is tested here
import { describe, expect, test } from "bun:test";
import type { Vertex } from "../../graph/index.ts";
import { baseImage, execOf, historyOf, type PlanSetup, planOf, rootOf } from "../../testing/plan.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const config = (text: string, setup?: PlanSetup) => planOf(text, setup).target.config;
const last = (text: string, setup?: PlanSetup) => historyOf(planOf(text, setup).target).at(-1) as string;

describe("configuration", () => {
  test("every instruction that sets it", () => {
    expect(
      config(
        [
          "FROM scratch",
          "ENV A=b C='d e'",
          "WORKDIR /w",
          "WORKDIR x",
          "USER 1000",
          "EXPOSE 80 90/udp",
          "VOLUME /data",
          "LABEL l=1 'm n'=$A",
          "STOPSIGNAL SIGKILL",
          "HEALTHCHECK --interval=5s CMD true",
          `CMD ["sh"]`,
          "ENTRYPOINT echo $A",
          `SHELL ["/bin/sh", "-e", "-c"]`,
          "ONBUILD RUN x",
        ].join("\n"),
      ),
    ).toEqual({
      Env: [PATH, "A=b", "C=d e"],
      WorkingDir: "/w/x",
      User: "1000",
      ExposedPorts: { "80/tcp": {}, "90/udp": {} },
      Volumes: { "/data": {} },
      Labels: { l: "1", "m n": "b" },
      StopSignal: "SIGKILL",
      Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 5e9 },
      Cmd: ["sh"],
      ArgsEscaped: true,
      Entrypoint: ["/bin/sh", "-c", "echo $A"],
      Shell: ["/bin/sh", "-e", "-c"],
      OnBuild: ["RUN x"],
    });
  });
  test("what the base image has is inherited; PATH is added where it is missing", () => {
    const images = { base: baseImage({ Env: ["X=1"], User: "u", WorkingDir: "/srv", Labels: { a: "1" } }) };
    expect(config("FROM base\nWORKDIR y\nLABEL b=$X", { images })).toMatchObject({
      Env: ["X=1", PATH],
      User: "u",
      WorkingDir: "/srv/y",
      Labels: { a: "1", b: "1" },
    });
  });
  test("ENTRYPOINT drops a command of the base image, not one of the same stage", () => {
    const images = { base: baseImage({ Cmd: ["old"] }) };
    expect(config(`FROM base\nENTRYPOINT ["e"]`, { images }).Cmd).toBeUndefined();
    expect(config(`FROM base\nCMD ["new"]\nENTRYPOINT ["e"]`, { images }).Cmd).toEqual(["new"]);
    expect(config(`FROM base AS a\nCMD ["new"]\nFROM a\nENTRYPOINT ["e"]`, { images }).Cmd).toBeUndefined();
  });
  test("labels of the client are shown as a step and not in the history", () => {
    const built = planOf("FROM scratch\nENV A=b", { labels: { k: "v" } });
    expect(built.target.config.Labels).toEqual({ k: "v" });
    expect(built.steps.map(({ text }) => text)).toEqual(["FROM scratch", "ENV A=b", "LABEL k=v"]);
    expect(historyOf(built.target)).toEqual(["ENV A=b"]);
  });
  test("MAINTAINER is not expanded", () => {
    expect(planOf("FROM scratch\nENV Q=1\nMAINTAINER me $Q").target.author).toBe("me $Q");
  });
});

describe("history, as BuildKit writes it", () => {
  const cases: [string, string][] = [
    ["ENV A=b C='d e'", "ENV A=b C=d e"],
    ["ENV A b c", "ENV A=b c"],
    ["ARG A=1 B", "ARG A=1 B"],
    ["LABEL 'x y'=\"1 2\"", "LABEL x y=1 2"],
    ["WORKDIR w/x", "WORKDIR /w/x"],
    ["WORKDIR /", "WORKDIR /"],
    ["COPY a b* d/ # buildkit".replace(" # buildkit", ""), "COPY a b* d/ # buildkit"],
    ["COPY --chown=7:8 --chmod=600 dir /n3", "COPY --chown=7:8 --chmod=600 dir /n3 # buildkit"],
    ["ADD a.txt b* /d/", "ADD a.txt b* /d/ # buildkit"],
    ["COPY <<A <<'B' /here/\nA\nB", "COPY <<A <<B /here/ # buildkit"],
    ["RUN echo a  && b", "RUN /bin/sh -c echo a  && b # buildkit"],
    ['RUN ["a","b c"]', "RUN a b c # buildkit"],
    ["EXPOSE 90/udp 80 10-12 7/TCP", "EXPOSE [10/tcp 11/tcp 12/tcp 7/tcp 80/tcp 90/udp]"],
    ["EXPOSE 1.2.3.4:99:98", "EXPOSE [98/tcp]"],
    ["VOLUME /data /e", "VOLUME [/data /e]"],
    ["STOPSIGNAL SIGKILL", "STOPSIGNAL SIGKILL"],
    ["HEALTHCHECK --interval=5s CMD true", `HEALTHCHECK &{["CMD-SHELL" "true"] "5s" "0s" "0s" "0s" '\\x00'}`],
    ["HEALTHCHECK --retries=10 CMD true", `HEALTHCHECK &{["CMD-SHELL" "true"] "0s" "0s" "0s" "0s" '\\n'}`],
    ['CMD ["sh", "a\\"b\\t"]', 'CMD ["sh" "a\\"b\\t"]'],
    ["CMD echo hi", 'CMD ["/bin/sh" "-c" "echo hi"]'],
    ["CMD", 'CMD ["/bin/sh" "-c" ""]'],
    ["ENTRYPOINT echo $A", 'ENTRYPOINT ["/bin/sh" "-c" "echo $A"]'],
    ['SHELL ["/bin/sh","-e","-c"]', "SHELL [/bin/sh -e -c]"],
    ["USER u:g", "USER u:g"],
    ["MAINTAINER me", "MAINTAINER me"],
  ];
  for (const [line, expected] of cases) {
    test(line.split("\n", 1)[0] as string, () => expect(last(`FROM base\n${line}`)).toBe(expected));
  }
  test("layers and empty entries", () => {
    const { target } = planOf("FROM base\nENV A=1\nWORKDIR /x\nRUN a\nWORKDIR /");
    const layers = target.history.map((entry) => ("base" in entry ? "base" : entry.layer));
    expect(layers).toEqual(["base", false, true, true, false]);
  });
  test("ONBUILD leaves none", () => {
    expect(historyOf(planOf("FROM base\nONBUILD RUN a").target)).toEqual(["base import"]);
  });
});

describe("ARG and ENV", () => {
  const run = (text: string, args = {}) => execOf(text, { args }).env.slice(1);
  test("global ones serve FROM, and a stage only when it asks", () => {
    const images = { "base:2": baseImage() };
    expect(
      historyOf(planOf("ARG T=1\nFROM base:$T\nRUN a", { images, args: { T: "2" } }).target).length,
    ).toBe(2);
    expect(run("ARG T=1\nFROM scratch\nRUN a")).toEqual([]);
    expect(run("ARG T=1\nFROM scratch\nARG T\nRUN a")).toEqual(["T=1"]);
    expect(run("ARG T=1\nFROM scratch\nARG T=2\nRUN a")).toEqual(["T=2"]);
    expect(run("ARG T=1\nARG U=x$T\nFROM scratch\nARG U\nRUN a")).toEqual(["U=x1"]);
  });
  test("--build-arg beats defaults, in force from the ARG line on", () => {
    expect(last("FROM scratch\nENV M=$N\nARG N=1\nENV O=$N", { args: { N: "2" } })).toBe("ENV O=2");
    expect(run("FROM scratch\nENV M=$N\nARG N=1\nRUN a", { N: "2" })).toEqual(["M=", "N=2"]);
  });
  test("ENV beats an ARG before it, for what follows", () => {
    expect(run("FROM scratch\nARG N=none\nENV N=bye M=$N\nRUN a", { N: "ba" })).toEqual(["N=bye", "M=ba"]);
  });
  test("the history of RUN shows the arguments in scope", () => {
    const text = [
      "FROM base AS a",
      "ARG N=none",
      "ENV N=bye",
      "FROM a",
      "ARG U",
      "ARG TARGETPLATFORM",
      "RUN x",
    ];
    expect(last(text.join("\n"))).toBe("RUN |3 N=bye U= TARGETPLATFORM=linux/amd64 /bin/sh -c x # buildkit");
  });
  test("stages built from a stage inherit both, others do not", () => {
    expect(run("FROM scratch AS a\nARG A=1\nENV B=2\nFROM a\nRUN a")).toEqual(["A=1", "B=2"]);
    expect(run("FROM scratch AS a\nARG A=1\nENV B=2\nFROM scratch\nRUN a")).toEqual([]);
  });
  test("automatic platform arguments", () => {
    expect(run("FROM scratch\nARG TARGETARCH BUILDOS TARGETSTAGE\nRUN a")).toEqual([
      "TARGETARCH=amd64",
      "BUILDOS=linux",
      "TARGETSTAGE=default",
    ]);
  });
  test("proxy settings reach RUN without an ARG, and neither digest nor history", () => {
    const text = "FROM base\nRUN a";
    const args = { http_proxy: "http://p" };
    const built = planOf(text, { args });
    expect((built.target.root as Vertex).op).toMatchObject({
      proxyEnv: ["HTTP_PROXY=http://p", "http_proxy=http://p"],
    });
    expect(built.target.root?.digest).toBe(rootOf(text).digest);
    expect(built.unusedArgs).toEqual([]);
    expect(last(text, { args })).toBe("RUN /bin/sh -c a # buildkit");
  });
  test("arguments that nobody asked for are reported", () => {
    const built = planOf("ARG G\nFROM scratch\nARG A", {
      args: { A: "1", B: "2", G: "3", BUILDKIT_INLINE_CACHE: "1" },
    });
    expect(built.unusedArgs).toEqual(["B"]);
  });
  test("names that objects have of their own are ordinary names", () => {
    expect(run("FROM scratch\nARG constructor\nARG __proto__\nRUN a")).toEqual([]);
    expect(config("FROM scratch\nLABEL __proto__=x").Labels).toEqual(
      Object.fromEntries([["__proto__", "x"]]),
    );
  });
});
