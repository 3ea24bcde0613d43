/** I9: labels on images are kept, shown, and filtered by. */
import { beforeAll, expect, test } from "bun:test";
import { bothClis, directoryOf, putImage, TestEngine, withRegistry } from "../harness/index.ts";

const engine = new TestEngine("i9").use();

bothClis(engine, (cli) => {
  const [plain, labelled, child] = ["plain", "labelled", "child"].map((name) => cli.image(name)) as [
    string,
    string,
    string,
  ];
  const mark = cli.unique("mark");

  async function build(name: string, dockerfile: string, ...flags: string[]): Promise<void> {
    using context = await directoryOf({ Dockerfile: dockerfile });
    await cli.ok("build", "-t", name, ...flags, context.path);
  }
  const labels = async (name: string) => {
    const { e2e: _, ...own } = (await cli.inspectImage(name)).Config.Labels ?? {};
    return own;
  };
  const found = async (...filters: string[]) => {
    const flags = filters.flatMap((filter) => ["--filter", filter]);
    const text = await cli.ok("images", "--format", "{{.Repository}}:{{.Tag}}", ...flags);
    return text.split("\n").filter((name) => [plain, labelled, child].includes(name));
  };

  beforeAll(async () => {
    await build(plain, `FROM ${engine.base}\nENV PLAIN=${mark}\n`);
    const text = `FROM ${engine.base}\nLABEL team="a b" org.example.version=1.2 ${mark}=\nLABEL "quoted key"='x=y'\n`;
    await build(labelled, text, "--label", "stage=test", "--label", "team=by flag");
    await build(child, `FROM ${labelled}\nLABEL org.example.version=2\n`);
  }, 60_000);

  test("from the Dockerfile and from --label, which has the last word", async () => {
    expect(await labels(labelled)).toEqual({
      team: "by flag",
      "org.example.version": "1.2",
      [mark]: "",
      "quoted key": "x=y",
      stage: "test",
    });
  });

  test("an image built on another one has its labels, and overrides some", async () => {
    expect(await labels(child)).toEqual({ ...(await labels(labelled)), "org.example.version": "2" });
  });

  test("a template shows one", async () => {
    const format = '{{index .Config.Labels "org.example.version"}}';
    expect(await cli.ok("image", "inspect", "-f", format, labelled)).toBe("1.2");
  });

  test("images --filter label: by key, by value, by several", async () => {
    expect((await found(`label=${mark}`)).sort()).toEqual([child, labelled].sort());
    expect(await found(`label=${mark}`, "label=org.example.version=2")).toEqual([child]);
    expect(await found(`label=${mark}`, "label=org.example.version=3")).toEqual([]);
    expect(await found(`label=${mark}`, "label=absent")).toEqual([]);
    expect((await found(`label=${mark}=`)).length).toBe(2);
  });

  test("other filters: reference, before, since", async () => {
    const [repository = ""] = child.split(":");
    expect(await found(`reference=${repository}`)).toEqual([child]);
    expect(await found(`since=${labelled}`, `label=${mark}`)).toEqual([child]);
    expect(await found(`before=${child}`, `label=${mark}`)).toEqual([labelled]);
    const { code, stderr } = await cli.run(["images", "--filter", "colour=red"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/invalid filter/);
  });

  test("a container has its image's labels, and those of its own on top", async () => {
    const container = cli.unique("labelled");
    await cli.ok("create", "--name", container, "--label", "stage=run", labelled);
    const { e2e: _, ...own } = (await cli.inspect(container)).Config.Labels ?? {};
    expect(own).toEqual({ ...(await labels(labelled)), stage: "run" });
    await cli.ok("rm", container);
  });

  test("the annotations of today's build files are labels like others", async () => {
    const name = cli.image("annotated");
    const keys = ["title", "source", "licenses"].map((key) => `org.opencontainers.image.${key}`);
    await build(name, `FROM ${engine.base}\n${keys.map((key) => `LABEL ${key}="of ${key}"`).join("\n")}\n`);
    expect(await labels(name)).toEqual(Object.fromEntries(keys.map((key) => [key, `of ${key}`])));
  });
});

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    test("labels go through a registry", async () => {
      const path = cli.image("remote").slice(0, -":1".length);
      const Labels = { "org.example.remote": `yes, ${path}` };
      await putImage(registry, path, { config: { Labels }, tag: "1" });
      const name = registry.name(`${path}:1`);
      await cli.ok("pull", "-q", name);
      expect((await cli.inspectImage(name)).Config.Labels).toEqual(Labels);
      const filter = `label=org.example.remote=yes, ${path}`;
      const listed = await cli.ok("images", "--filter", filter, "--format", "{{.Repository}}:{{.Tag}}");
      expect(listed).toBe(name);
    });
  }),
);
