/** I7: an image's metadata as JSON and by template; its history with sizes and commands. */
import { beforeAll, expect, test } from "bun:test";
import { bothClis, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("i7").use();

bothClis(engine, (cli) => {
  const image = cli.image("described");

  beforeAll(async () => {
    using context = await directoryOf({
      Dockerfile: `
FROM ${engine.base}
LABEL org.opencontainers.image.title="described"
ENV MODE=production
WORKDIR /app
COPY data ./
RUN head -c 2000000 /dev/zero > filled
EXPOSE 80 53/udp
VOLUME /data
USER app
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=2s --start-period=1s --retries=4 CMD ["true"]
ENTRYPOINT ["echo"]
CMD ["hello"]
`,
      data: "1000 bytes".repeat(100),
    });
    await cli.ok("build", "-t", image, context.path);
  });

  test("inspect tells what the Dockerfile said", async () => {
    const it = await cli.inspectImage(image);
    expect(it).toMatchObject({
      RepoTags: expect.arrayContaining([image]),
      Os: "linux",
      Architecture: process.arch === "x64" ? "amd64" : process.arch,
      RootFS: { Type: "layers" },
      Config: {
        WorkingDir: "/app",
        User: "app",
        ExposedPorts: { "80/tcp": {}, "53/udp": {} },
        Volumes: { "/data": {} },
        StopSignal: "SIGINT",
        Entrypoint: ["echo"],
        Cmd: ["hello"],
        Healthcheck: {
          Test: ["CMD", "true"],
          Interval: 5_000_000_000,
          Timeout: 2_000_000_000,
          StartPeriod: 1_000_000_000,
          Retries: 4,
        },
      },
    });
    expect(it.Id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(it.Config.Env).toContain("MODE=production");
    expect(it.Config.Labels?.["org.opencontainers.image.title"]).toBe("described");
    expect(Math.abs(Date.now() - Date.parse(it.Created))).toBeLessThan(120_000);
    expect(it.Size).toBeGreaterThan(2_000_000);
    expect(new Set(it.RootFS.Layers).size).toBe(it.RootFS.Layers.length);
  });

  test("image inspect -f: any part by a Go template", async () => {
    const it = await cli.inspectImage(image);
    const format = (template: string) => cli.ok("image", "inspect", "-f", template, image);
    expect(await format("{{.Id}} {{.Os}}/{{.Architecture}}")).toBe(`${it.Id} ${it.Os}/${it.Architecture}`);
    expect(await format("{{.Config.User}} {{len .RootFS.Layers}}")).toBe(`app ${it.RootFS.Layers.length}`);
    expect(await format('{{index .Config.Labels "org.opencontainers.image.title"}}')).toBe("described");
    expect(await format("{{range $port, $_ := .Config.ExposedPorts}}{{$port}} {{end}}")).toBe(
      "53/udp 80/tcp",
    );
    expect(JSON.parse(await format("{{json .RootFS.Layers}}"))).toEqual([...it.RootFS.Layers]);
  });

  test("an image is found by name, by id with and without its algorithm, and by a beginning", async () => {
    const { Id } = await cli.inspectImage(image);
    const hex = Id.slice("sha256:".length);
    for (const key of [image, Id, hex, hex.slice(0, 12)]) expect((await cli.inspectImage(key)).Id).toBe(Id);
    const several = JSON.parse(await cli.ok("image", "inspect", image, engine.base));
    expect(several.length).toBe(2);
  });

  test("history: one row a step, newest first, with command and size", async () => {
    const rows = (
      await cli.ok("history", "--no-trunc", "--human=false", "--format", "{{.Size}}\t{{.CreatedBy}}", image)
    )
      .split("\n")
      .map((row) => row.split("\t") as [string, string]);
    const at = (text: string) => rows.findIndex(([, by]) => by.includes(text));
    const order = [
      'CMD ["hello"]',
      'ENTRYPOINT ["echo"]',
      "head -c 2000000",
      "COPY",
      "WORKDIR /app",
      "MODE=production",
    ].map(at);
    expect(order.every((index) => index >= 0)).toBe(true);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
    expect(rows[at("head -c 2000000")]?.[0]).toBe("2000000");
    expect(rows[at("COPY")]?.[0]).toBe("1000");
    expect(rows[at("MODE=production")]?.[0]).toBe("0");
  });

  test("history as a table and in short", async () => {
    const table = (await cli.ok("history", image)).split("\n");
    expect(table[0]?.split(/ {2,}/)).toEqual(["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"]);
    expect(table.join("\n")).toMatch(/\b2MB\b/);
    const ids = (await cli.ok("history", "-q", image)).split("\n");
    expect((await cli.inspectImage(image)).Id).toStartWith(`sha256:${ids[0]}`);
    expect(ids.slice(1).every((id) => id === "<missing>" || /^[0-9a-f]{12}$/.test(id))).toBe(true);
  });

  test("images lists it with its short id and size", async () => {
    const [repository, tag] = image.split(":") as [string, string];
    const { Id } = await cli.inspectImage(image);
    const row = await cli.ok("images", "--format", "{{.Repository}} {{.Tag}} {{.ID}}", repository);
    expect(row).toBe(`${repository} ${tag} ${Id.slice("sha256:".length, "sha256:".length + 12)}`);
    const header = (await cli.ok("images", repository)).split("\n")[0] ?? "";
    expect(header.split(/ {2,}/)).toEqual(["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"]);
  });

  test("what is not there: an empty list, one line, status 1", async () => {
    const { code, stdout, stderr } = await cli.run(["image", "inspect", "nosuch:tag"]);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 1, stdout: "[]" });
    expect(stderr).toContain("No such image: nosuch:tag");
    const history = await cli.run(["history", "nosuch"]);
    expect(history.code).toBe(1);
    expect(history.stderr).toContain("No such image: nosuch:latest");
  });
});
