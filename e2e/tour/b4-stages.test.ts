/** B4: several stages in one Dockerfile: build in one, ship another. */
import { expect, test } from "bun:test";
import { bothClis, busybox, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("b4").use();

bothClis(engine, (cli) => {
  const print = (image: string, ...command: string[]) => cli.ok("run", "--rm", image, ...command);

  test("COPY --from takes results out of an earlier stage, by name and by number", async () => {
    using context = await directoryOf({
      Dockerfile: `
FROM ${engine.base} AS builder
RUN mkdir /out && echo by name > /out/named && head -c 5000000 /dev/urandom > /out/rubbish
FROM ${engine.base}
RUN echo by number > /numbered
FROM ${engine.base} AS final
COPY --from=builder /out/named /named
COPY --from=1 /numbered /
CMD ["cat", "/named", "/numbered"]
`,
    });
    const image = cli.image("copied");
    await cli.ok("build", "-t", image, context.path);
    expect(await print(image)).toBe("by name\nby number");
    expect(await print(image, "ls", "-d", "/bin")).toBe("/bin");
    expect((await cli.inspectImage(image)).Size).toBeLessThan(4_000_000);
  });

  test("FROM a AS b, FROM b AS c: a stage builds on another, with its environment and settings", async () => {
    using context = await directoryOf({
      Dockerfile: `
FROM ${engine.base} AS First
ENV LEVEL=1
WORKDIR /work
RUN echo first > first
FROM first AS second
ENV LEVEL=\${LEVEL}2
RUN echo second > second
FROM second AS third
CMD cat first second && echo $LEVEL && pwd
`,
    });
    const image = cli.image("chain");
    await cli.ok("build", "-t", image, context.path);
    expect(await print(image)).toBe("first\nsecond\n12\n/work");
  });

  test("--target stops at a stage", async () => {
    using context = await directoryOf({
      Dockerfile: `
FROM ${engine.base} AS test
CMD ["echo", "target test"]
FROM test AS release
CMD ["echo", "target release"]
FROM nothing-that-exists AS broken
RUN exit 1
`,
    });
    const image = cli.image("target");
    await cli.ok("build", "--target", "test", "-t", image, context.path);
    expect(await print(image)).toBe("target test");
    await cli.ok("build", "--target=release", "-t", image, context.path);
    expect(await print(image)).toBe("target release");
    const unknown = await cli.run(["build", "--target", "relaese", "-t", image, context.path]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/relaese/);
  });

  test("FROM scratch holds only what is copied in", async () => {
    using context = await directoryOf({
      Dockerfile: `
FROM ${engine.base} AS tools
RUN mkdir -p /rootfs/bin && cp /bin/busybox /rootfs/bin/ && echo ok > /rootfs/note
FROM scratch
COPY --from=tools /rootfs /
ENTRYPOINT ["/bin/busybox"]
CMD ["find", "/", "-xdev", "-type", "f"]
`,
    });
    const image = cli.image("scratch");
    await cli.ok("build", "-t", image, context.path);
    const files = (await print(image)).split("\n").sort();
    expect(files.filter((file) => !/^\/(dev|proc|sys|etc)\/|\.dockerenv$/.test(file))).toEqual([
      "/bin/busybox",
      "/note",
    ]);
    const { RootFS, Size } = await cli.inspectImage(image);
    expect(RootFS.Layers.length).toBe(1);
    expect(Size).toBeLessThan(Bun.file(busybox).size + 100_000);
  });

  test("COPY --from names an image that is not a stage", async () => {
    using context = await directoryOf({
      Dockerfile: `FROM scratch\nCOPY --from=${engine.base} /bin/busybox /bin/sh\nCMD ["/bin/sh", "-c", "echo from an image"]\n`,
    });
    const image = cli.image("other-image");
    await cli.ok("build", "-t", image, context.path);
    expect(await print(image)).toBe("from an image");
  });

  test("a stage's files do not leak into one that does not take them", async () => {
    using context = await directoryOf({
      Dockerfile: `
FROM ${engine.base} AS one
RUN echo private > /private
FROM ${engine.base}
RUN ls /private 2>/dev/null; echo "checked: $?" > /result
CMD ["cat", "/result"]
`,
    });
    const image = cli.image("apart");
    await cli.ok("build", "-t", image, context.path);
    expect(await print(image)).toBe("checked: 1");
  });

  // The oracle's classic builder runs every stage that comes before the target; BuildKit and Berth do not.
  test.skipIf(engine.isOracle)("stages that nothing needs are not built", async () => {
    using context = await directoryOf({
      Dockerfile: `
FROM ${engine.base} AS unused
RUN exit 1
FROM nothing-that-exists AS absent
RUN exit 1
FROM ${engine.base}
CMD ["echo", "built"]
`,
    });
    const image = cli.image("lazy");
    await cli.ok("build", "-t", image, context.path);
    expect(await print(image)).toBe("built");
  });
});
