/** C14: what a container has changed becomes an image, and the container goes on. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bothClis, directoryOf, eventually, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c14").use();

interface Event {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
}

const unixTime = (time: number) => (time / 1000).toFixed(3);

/** Events of one container and one image since a moment, in order. */
async function eventsSince(moment: number, ids: readonly string[]): Promise<Event[]> {
  const query = { since: unixTime(moment), until: unixTime(Date.now() + 200) };
  const text = await (await engine.api.request("GET", "/events", { query })).text();
  const all = text
    .split("\n")
    .filter(Boolean)
    .map((line): Event => JSON.parse(line));
  return all.filter(({ Actor }) => ids.includes(Actor.ID));
}

/** Images made of containers with the label l=1. */
async function labelled(): Promise<string[]> {
  const query = { all: "1", filters: JSON.stringify({ label: ["l=1"] }) };
  const images = await engine.api.json<{ Id: string }[]>("GET", "/images/json", { query });
  return images.map(({ Id }) => Id).sort();
}

bothClis(engine, (cli) => {
  const name = cli.unique("one");
  const image = cli.image("kept");

  test("changes of a running container are in the image, those in volumes are not", async () => {
    const base = await cli.inspectImage(engine.base);
    const script =
      "mkdir /new; echo made > /new/file; ln /new/file /new/twin; rm /etc/group; rm -r /home; mkdir /home; echo v > /vol/x; echo ready; sleep 1000";
    await cli.ok(
      "run",
      "-d",
      "--name",
      name,
      "-v",
      "/vol",
      "-e",
      "A=1",
      "-l",
      "l=1",
      engine.base,
      "sh",
      "-c",
      script,
    );
    await eventually("it wrote", async () => (await cli.ok("logs", name)).includes("ready"));
    const id = await cli.ok(
      "commit",
      "-a",
      "Me",
      "-m",
      "why",
      "-c",
      'CMD ["cat", "/new/file"]',
      "-c",
      "ENV B=$A/2",
      name,
      image,
    );
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await cli.inspect(name)).State.Status).toBe("running");

    const made = await cli.inspectImage(image);
    expect(made.Id).toBe(id);
    expect(made.Parent).toBe(base.Id);
    expect([made.Author, made.Comment]).toEqual(["Me", "why"]);
    expect(made.RootFS.Layers?.slice(0, -1)).toEqual([...(base.RootFS.Layers ?? [])]);
    expect(made.Config.Cmd).toEqual(["cat", "/new/file"]);
    expect(made.Config.Env?.filter((entry) => /^[AB]=/.test(entry))).toEqual(["A=1", "B=1/2"]);
    expect(made.Config.Labels).toMatchObject({ l: "1" });
    expect(made.Config.Volumes).toEqual({ "/vol": {} });

    expect(await cli.ok("run", "--rm", image)).toBe("made");
    const look = "stat -c %h /new/file; ls /vol /home; ls /etc/group 2>&1";
    expect((await cli.run(["run", "--rm", image, "sh", "-c", look])).stdout).toBe(
      "2\n/home:\n\n/vol:\nls: /etc/group: No such file or directory\n",
    );
    const history = await cli.ok("history", "--no-trunc", "--format", "{{.CreatedBy}}|{{.Comment}}", image);
    expect(history.split("\n")[0]).toBe(`sh -c ${script}|why`);
  }, 30_000);

  test("nothing differs in a container of the committed image, and its export has what was made", async () => {
    const two = cli.unique("two");
    await cli.ok("create", "--name", two, image);
    expect(await cli.ok("diff", two)).toBe("");
    const folder = mkdtempSync(join(tmpdir(), "berth-e2e-c14-"));
    try {
      const tar = join(folder, "x.tar");
      await cli.ok("export", "-o", tar, two);
      const list = await new Response(Bun.spawn(["tar", "-tf", tar]).stdout).text();
      const paths = new Set(list.split("\n").map((path) => path.replace(/\/$/, "")));
      expect(["new/file", "new/twin", "home"].map((path) => paths.has(path))).toEqual([true, true, true]);
      expect(["etc/group", "home/app", "vol/x"].map((path) => paths.has(path))).toEqual([
        false,
        false,
        false,
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("an image of an image, under a Dockerfile, and the parents stay while it does", async () => {
    const three = cli.unique("three");
    const child = cli.image("child");
    await cli.ok("run", "--name", three, image, "sh", "-c", "rm -r /new");
    await cli.ok("commit", "-c", "CMD ls -d /new /home", three, child);
    using context = await directoryOf({ Dockerfile: `FROM ${child}\nRUN echo more > /more\n` });
    const built = cli.image("built");
    await cli.ok("build", "-t", built, context.path);
    expect(await cli.ok("run", "--rm", built, "sh", "-c", "ls -d /new /home /more 2>/dev/null || true")).toBe(
      "/home\n/more",
    );
    const parent = await cli.inspectImage(image);
    const refused = await cli.run(["rmi", parent.Id]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("image has dependent child images");
  }, 30_000);

  test("a container that changed nothing gives no layer; without a name the image has none", async () => {
    const still = cli.unique("still");
    await cli.ok("create", "--name", still, "--entrypoint", "echo", engine.base, "a", "b c");
    const id = await cli.ok("container", "commit", still);
    const base = await cli.inspectImage(engine.base);
    const made = await cli.inspectImage(id);
    expect(made.RootFS).toEqual(base.RootFS);
    expect(made.RepoTags).toEqual([]);
    expect([made.Config.Entrypoint, made.Config.Cmd]).toEqual([["echo"], ["a", "b c"]]);
    const [top] = await engine.api.json<{ CreatedBy: string; Size: number }[]>(
      "GET",
      `/images/${id}/history`,
    );
    expect(top).toMatchObject({ CreatedBy: "a b c", Size: 0 });
    expect(await cli.ok("run", "--rm", id)).toBe("a b c");
  });

  test("an entrypoint that is given drops the command, unless one is given too", async () => {
    const still = cli.unique("still");
    const config = async (...changes: string[]) => {
      const id = await cli.ok("commit", ...changes.flatMap((change) => ["-c", change]), still);
      const { Entrypoint, Cmd } = (await cli.inspectImage(id)).Config;
      return [Entrypoint, Cmd];
    };
    expect(await config('ENTRYPOINT ["true"]')).toEqual([["true"], null]);
    expect(await config('CMD ["x"]', 'ENTRYPOINT ["true"]')).toEqual([["true"], ["x"]]);
    expect(await config("CMD x")).toEqual([["echo"], ["/bin/sh", "-c", "x"]]);
  });

  test("the same content is the same layer", async () => {
    // Docker's deletions have the time at which they were made.
    const remove = engine.isOracle ? "true" : "rm -r /etc/group /home";
    const script = `mkdir -p /d/e; echo x > /d/e/f; ln -s f /d/e/l; mkfifo /d/p; chmod 4755 /d/e/f; chown 7:8 /d/e/f; ${remove}; touch -h -d @86400 /d/e/l /d/e/f /d/p /d/e /d /etc`;
    const layers: unknown[] = [];
    for (const each of ["same1", "same2"]) {
      const container = cli.unique(each);
      await cli.ok("run", "--name", container, engine.base, "sh", "-c", script);
      const id = await cli.ok("commit", "-m", each, container);
      const again = await cli.ok("commit", "-m", each, container);
      layers.push((await cli.inspectImage(id)).RootFS.Layers, (await cli.inspectImage(again)).RootFS.Layers);
    }
    expect(layers).toEqual([layers[0], layers[0], layers[0], layers[0]]);
    // And that layer's digest is true.
    const saved = cli.spawn(["save", await cli.ok("commit", cli.unique("same1"), cli.image("same"))]);
    const folder = mkdtempSync(join(tmpdir(), "berth-e2e-c14-"));
    try {
      await Bun.write(join(folder, "x.tar"), await new Response(saved.stdout).arrayBuffer());
      const top = (layers[0] as string[]).at(-1)?.replace("sha256:", "") ?? "";
      const blob = Bun.spawn(["tar", "-xOf", "x.tar", `blobs/sha256/${top}`], { cwd: folder });
      const bytes = new Uint8Array(await new Response(blob.stdout).arrayBuffer());
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(top);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 30_000);

  test("events tell of the pause, the image, its name and the commit", async () => {
    const began = Date.now();
    const { Id } = await cli.inspect(name);
    const tagged = cli.image("told");
    const id = await cli.ok("commit", "-m", "note", name, tagged);
    const events = await eventsSince(began, [Id, id]);
    expect(events.map(({ Type, Action }) => `${Type} ${Action}`).sort()).toEqual([
      "container commit",
      "container pause",
      "container unpause",
      "image create",
      "image tag",
    ]);
    const commit = events.find(({ Action }) => Action === "commit");
    expect(commit?.Actor.Attributes).toMatchObject({
      comment: "note",
      imageID: id,
      imageRef: tagged,
      l: "1",
    });

    const later = Date.now();
    await cli.ok("commit", "--pause=false", name);
    expect((await eventsSince(later, [Id])).map(({ Action }) => Action)).toEqual(["commit"]);
  });

  test("a container that somebody paused stays so", async () => {
    await cli.ok("pause", name);
    await cli.ok("commit", name);
    expect((await cli.inspect(name)).State.Status).toBe("paused");
    await cli.ok("unpause", name);
  });

  test("what is refused makes no image and leaves the container running", async () => {
    const before = await labelled();
    const refuse = async (...args: string[]) => {
      const { code, stdout, stderr } = await cli.run(["commit", ...args]);
      expect([code, stdout]).toEqual([1, ""]);
      return stderr;
    };
    expect(await refuse(cli.unique("nobody"))).toContain(`No such container: ${cli.unique("nobody")}`);
    expect(await refuse("-c", "RUN ls", name)).toContain("RUN is not a valid change command");
    expect(await refuse("-c", "STOPSIGNAL nope", name)).toMatch(/invalid signal|Invalid signal/);
    expect(await refuse(name, "Upper:1")).toContain("must be lowercase");
    expect(await refuse(name, "a:b:c")).toContain("invalid reference format");
    expect(await labelled()).toEqual(before);
    expect((await cli.inspect(name)).State.Status).toBe("running");
  });
});

test.skipIf(engine.isOracle)(
  "an engine killed meanwhile leaves no frozen container and no half image",
  async () => {
    const cli = engine.cli("berth");
    const name = cli.unique("crash");
    await cli.ok(
      "run",
      "-d",
      "--name",
      name,
      "-l",
      "l=1",
      engine.base,
      "sh",
      "-c",
      "dd if=/dev/zero of=/big bs=1M count=400; sync; echo ready; sleep 1000",
    );
    await eventually("it wrote", async () => (await cli.ok("logs", name)).includes("ready"), 30_000);
    const before = await labelled();
    const commit = cli.spawn(["commit", name]);
    const status = async () =>
      (await engine.api.json<{ State: { Status: string } }>("GET", `/containers/${name}/json`)).State.Status;
    while ((await status()) !== "paused") expect(commit.exitCode).toBeNull();
    await engine.crash();
    expect(await commit.exited).not.toBe(0);
    await engine.start();
    expect(await status()).toBe("running");
    expect(await cli.inside(name, "echo", "here")).toBe("here");
    expect(await labelled()).toEqual(before);
  },
  60_000,
);
