/** B9: ARG with --build-arg, and ENV, each with the scope it is documented to have. */
import { expect, test } from "bun:test";
import { bothClis, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("b9").use();

bothClis(engine, (cli) => {
  /** Builds a Dockerfile (FROM the base where it has none) and returns what the image's command prints. */
  async function built(
    name: string,
    dockerfile: string,
    flags: string[] = [],
    env: Record<string, string> = {},
  ) {
    const text = dockerfile.includes("FROM") ? dockerfile : `FROM ${engine.base}\n${dockerfile}`;
    using context = await directoryOf({ Dockerfile: text });
    const image = cli.image(name);
    const result = await cli.run(["build", "-t", image, ...flags, context.path], { env });
    if (result.code !== 0) throw new Error(`${result.stdout}${result.stderr}`);
    return { image, ...result, printed: await cli.ok("run", "--rm", image) };
  }
  const show = 'CMD ["cat", "/seen"]\n';

  test("ARG has its default, --build-arg replaces it, and neither is in the image", async () => {
    const dockerfile = `ARG VERSION=1.0\nRUN echo "version $VERSION" > /seen\n${show}`;
    expect((await built("default", dockerfile)).printed).toBe("version 1.0");
    const { image, printed } = await built("given", dockerfile, ["--build-arg", "VERSION=2.5"]);
    expect(printed).toBe("version 2.5");
    expect(await cli.ok("run", "--rm", image, "sh", "-c", "echo [$VERSION]")).toBe("[]");
    expect(((await cli.inspectImage(image)).Config.Env ?? []).join()).not.toContain("VERSION");
  });

  test("an ARG counts from its own line on", async () => {
    const dockerfile = `RUN echo "[$LATE]" > /seen\nARG LATE=now\nRUN echo "[$LATE]" >> /seen\n${show}`;
    expect((await built("late", dockerfile, ["--build-arg", "LATE=given"])).printed).toBe("[]\n[given]");
  });

  test("--build-arg NAME takes the value from the caller's environment", async () => {
    const dockerfile = `ARG FROM_ENV=default\nRUN echo "[$FROM_ENV]" > /seen\n${show}`
      .replace("FROM_ENV=", "MINE=")
      .replace("$FROM_ENV", "$MINE");
    expect((await built("caller", dockerfile, ["--build-arg", "MINE"], { MINE: "caller's" })).printed).toBe(
      "[caller's]",
    );
    expect((await built("caller", dockerfile, ["--build-arg", "MINE"])).printed).toBe("[default]");
  });

  test("an ARG before FROM is for FROM lines; a stage must declare it again to see it", async () => {
    const dockerfile = `
ARG BASE=nothing-that-exists
ARG SHARED=global
FROM \${BASE}
RUN echo "before [$SHARED]" > /seen
ARG SHARED
RUN echo "after [$SHARED]" >> /seen
${show}`;
    const flags = ["--build-arg", `BASE=${engine.base}`];
    expect((await built("global", dockerfile, flags)).printed).toBe("before []\nafter [global]");
    const both = [...flags, "--build-arg", "SHARED=given"];
    expect((await built("global", dockerfile, both)).printed).toBe("before []\nafter [given]");
  });

  test("an ARG of one stage is not known in another", async () => {
    const dockerfile = `
FROM ${engine.base} AS one
ARG SCOPED=here
RUN echo "one [$SCOPED]" > /seen
FROM ${engine.base}
COPY --from=one /seen /seen
RUN echo "two [$SCOPED]" >> /seen
${show}`;
    expect((await built("stages", dockerfile, ["--build-arg", "SCOPED=given"])).printed).toBe(
      "one [given]\ntwo []",
    );
  });

  test("ENV wins over ARG of the same name, stays in the image, and is inherited by later stages", async () => {
    const dockerfile = `
FROM ${engine.base} AS one
ARG COLOR=red
ENV COLOR=blue
RUN echo "step $COLOR" > /seen
FROM one
CMD cat /seen; echo "run $COLOR"
`;
    const { image, printed } = await built("env", dockerfile, ["--build-arg", "COLOR=green"]);
    expect(printed).toBe("step blue\nrun blue");
    expect((await cli.inspectImage(image)).Config.Env).toContain("COLOR=blue");
  });

  test("ENV takes a value from ARG, and from other ENV as they were before the line", async () => {
    const dockerfile = `
ARG NUMBER=7
ENV KEPT=\${NUMBER} WORD="two words"
ENV KEPT=new COPY=$KEPT MORE=\${MISSING:-fallback}-\${WORD:+set}
CMD echo "$KEPT $COPY $MORE $WORD"
`;
    expect((await built("snapshot", dockerfile, ["--build-arg", "NUMBER=8"])).printed).toBe(
      "new 8 fallback-set two words",
    );
  });

  test("variables expand in the other instructions too, and an escaped one does not", async () => {
    const dockerfile = `
ARG DIR=/srv ID=1000
WORKDIR $DIR/app
LABEL dir="\${DIR}" raw='$DIR'
USER $ID
EXPOSE \${ID}
CMD pwd; id -u; echo \\$DIR
`;
    const { image, printed } = await built("expand", dockerfile);
    expect(printed.split("\n").slice(0, 2)).toEqual(["/srv/app", "1000"]);
    const { Config } = await cli.inspectImage(image);
    expect(Config.Labels).toMatchObject({ dir: "/srv", raw: "$DIR" });
    expect(Config.ExposedPorts).toEqual({ "1000/tcp": {} });
  });

  test("a build argument that changes makes the steps after it run again, not those before", async () => {
    const dockerfile = `
RUN head -c 16 /dev/urandom | md5sum > /before
ARG CHANGES=0
RUN head -c 16 /dev/urandom | md5sum > /after
CMD cat /before /after
`;
    const run = async (value: string) =>
      (await built("cache", dockerfile, ["--build-arg", `CHANGES=${value}`])).printed.split("\n");
    const [before, after] = await run("1");
    expect(await run("1")).toEqual([before ?? "", after ?? ""]);
    const [beforeAgain, afterAgain] = await run("2");
    expect(beforeAgain).toBe(before ?? "");
    expect(afterAgain).not.toBe(after ?? "");
  });

  test("a build argument that no ARG takes is said to be unused", async () => {
    const { stdout, stderr } = await built("unused", `RUN true > /seen\n${show}`, ["--build-arg", "TYPO=1"]);
    expect(stdout + stderr).toContain("One or more build-args [TYPO] were not consumed");
  });
});
