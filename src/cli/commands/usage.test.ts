import { describe, expect, test } from "bun:test";
import { cliWith, json } from "../testing/cli.ts";

const NOW = Math.floor(Date.now() / 1000) - 3 * 3600;
const ID = "4327ce05c6b2dbb3c1e823fcbbd670938046874eada7a45e73e562f43276de29";

const image = (name: string, Size: number, SharedSize: number, Containers: number) => ({
  Id: `sha256:${ID}`,
  RepoTags: [`${name}:1`, `${name}:2`],
  RepoDigests: [],
  ParentId: "",
  Created: NOW,
  Labels: null,
  Size,
  SharedSize,
  Containers,
});
const container = (name: string, State: string, SizeRw: number) => ({
  Id: ID,
  Names: [`/${name}`],
  Image: "used:1",
  ImageID: `sha256:${ID}`,
  Command: "sh",
  Created: NOW,
  State,
  Status: State === "running" ? "Up 3 hours" : "Exited (0) 3 hours ago",
  SizeRw,
  SizeRootFs: 99,
  Mounts: [{ Type: "volume", Name: "v", Driver: "local" }],
  Labels: {},
});
const volume = (Name: string, Size: number, RefCount: number) => ({
  Name,
  Driver: "local",
  Scope: "local",
  Mountpoint: `/v/${Name}`,
  Labels: { k: "v" },
  UsageData: { Size, RefCount },
});
const cache = (kind: string, Size: number, more: object) => ({
  ID: `cache-${kind}`,
  Type: "regular",
  Size,
  InUse: false,
  Shared: false,
  CreatedAt: new Date(NOW * 1000).toISOString(),
  LastUsedAt: null,
  UsageCount: 2,
  ...more,
});

const USAGE = {
  LayersSize: 10_000_000,
  Images: [image("used", 6_000_000, 2_000_000, 1), image("idle", 3_000_000, 2_000_000, 0)],
  Containers: [container("on", "running", 3000), container("off", "exited", 1000)],
  Volumes: [volume("used", 500, 1), volume("idle", 1500, 0), volume("unknown", -1, 1)],
  BuildCache: [
    cache("used", 100, { InUse: true }),
    cache("idle", 300, {}),
    cache("shared", 7, { Shared: true }),
  ],
};

const cli = (usage: object = USAGE) =>
  cliWith((_method, path) =>
    path === "/system/df" ? json(usage) : json({ message: "page not found" }, 404),
  );

describe("system df", () => {
  test("what can be had back is what nothing in use needs", async () => {
    await using berth = await cli();
    expect(await berth.run("system", "df")).toEqual({
      code: 0,
      err: "",
      out:
        "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n" +
        "Images          2         1         10MB      6MB (60%)\n" +
        "Containers      2         1         4kB       1kB (25%)\n" +
        "Local Volumes   3         2         2kB       1.5kB (75%)\n" +
        "Build Cache     3         1         400B      300B\n",
    });
  });

  test("an engine with nothing, and one that leaves parts out", async () => {
    const nothing = { LayersSize: 0, Images: null, Containers: [], Volumes: null, BuildCache: [] };
    await using berth = await cli(nothing);
    expect((await berth.run("system", "df", "--format", "{{.Type}}:{{.Size}}:{{.Reclaimable}}")).out).toBe(
      "Images:0B:0B\nContainers:0B:0B\nLocal Volumes:0B:0B\nBuild Cache:0B:0B\n",
    );
    expect((await berth.run("system", "df", "-v")).out).toContain("Build cache usage: 0B\n\nCACHE ID");
  });

  test("every object", async () => {
    await using berth = await cli();
    expect((await berth.run("system", "df", "-v")).out).toBe(
      `Images space usage:

REPOSITORY   TAG       IMAGE ID       CREATED       SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS
used         1         4327ce05c6b2   3 hours ago   6MB       2MB           4MB           1
idle         1         4327ce05c6b2   3 hours ago   3MB       2MB           1MB           0

Containers space usage:

CONTAINER ID   IMAGE     COMMAND   LOCAL VOLUMES   SIZE      CREATED       STATUS                   NAMES
4327ce05c6b2   used:1    "sh"      1               3kB       3 hours ago   Up 3 hours               on
4327ce05c6b2   used:1    "sh"      1               1kB       3 hours ago   Exited (0) 3 hours ago   off

Local Volumes space usage:

VOLUME NAME   LINKS     SIZE
used          1         500B
idle          0         1.5kB
unknown       1         N/A

Build cache usage: 400B

CACHE ID       CACHE TYPE   SIZE      CREATED       LAST USED   USAGE     SHARED
cache-used*    regular      100B      3 hours ago               2         false
cache-idle     regular      300B      3 hours ago               2         false
cache-shared   regular      7B        3 hours ago               2         true
`,
    );
  });

  test("formats", async () => {
    await using berth = await cli();
    const [first] = (await berth.run("system", "df", "--format", "json")).out.split("\n");
    expect(first).toBe(
      '{"Active":"1","Reclaimable":"6MB (60%)","Size":"10MB","TotalCount":"2","Type":"Images"}',
    );
    const all = JSON.parse((await berth.run("system", "df", "-v", "--format", "json")).out);
    expect(Object.keys(all)).toEqual(["Images", "Containers", "Volumes", "BuildCache"]);
    expect(all.Images[0]).toMatchObject({ ID: `sha256:${ID}`, UniqueSize: "4MB", Containers: "1" });
    expect(all.Volumes[1]).toMatchObject({ Name: "idle", Links: "0", Size: "1.5kB", Labels: "k=v" });
    expect(
      (await berth.run("system", "df", "-v", "--format", "{{range .Volumes}}{{.Name}} {{end}}")).out,
    ).toBe("used idle unknown \n");
    const wrong = await berth.run("system", "df", "-v", "--format", "{{.Type}}");
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toContain("can't evaluate field Type in type *formatter.diskUsageContext");
  });
});

describe("image prune", () => {
  const pruning = () =>
    cliWith((_method, path) =>
      path === "/images/prune"
        ? json({ ImagesDeleted: [{ Untagged: "a:1" }, { Deleted: "sha256:1" }], SpaceReclaimed: 1234567 })
        : json({ message: "page not found" }, 404),
    );
  const asked = (requests: readonly string[]) => requests.map(decodeURIComponent);

  test("asks first, and does nothing without a yes", async () => {
    await using berth = await pruning();
    for (const stdin of ["", "n\n", "perhaps\n"]) {
      const { code, out } = await berth.runWith({ stdin }, "image", "prune");
      expect({ code, out }).toEqual({
        code: 0,
        out: "WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] ",
      });
    }
    expect(berth.requests).toEqual([]);
    const { out } = await berth.runWith({ stdin: "y\n" }, "image", "prune", "-a");
    expect(out).toBe(
      "WARNING! This will remove all images without at least one container associated to them.\n" +
        "Are you sure you want to continue? [y/N] Deleted Images:\nuntagged: a:1\ndeleted: sha256:1\n\nTotal reclaimed space: 1.235MB\n",
    );
    expect(asked(berth.requests)).toEqual(['POST /v1.51/images/prune?filters={"dangling":{"false":true}}']);
  });

  test("--dry-run only tells", async () => {
    await using berth = await pruning();
    expect((await berth.run("image", "prune", "--dry-run", "--filter", "until=1h")).out).toBe(
      "Images that would be deleted:\nuntagged: a:1\ndeleted: sha256:1\n\nSpace that would be reclaimed: 1.235MB\n",
    );
    expect(asked(berth.requests)).toEqual([
      'POST /v1.51/images/prune?filters={"until":{"1h":true},"dangling":{"true":true}}&dry-run=1',
    ]);
  });
});

describe("system check", () => {
  const finding = (Repaired: boolean) => ({
    Subject: "layer sha256:1",
    Problem: "its files differ",
    Repaired,
    Action: "unpack it again",
  });
  const checking = (Findings: object[]) =>
    cliWith(() => json({ Blobs: 3, Bytes: 12345678, Layers: 2, Images: 1, Findings }));

  test("a store in which nothing is wrong", async () => {
    await using berth = await checking([]);
    expect(await berth.run("system", "check")).toEqual({
      code: 0,
      err: "",
      out: "Checked 1 image, 2 layers and 3 blobs (12.35MB).\nNothing is wrong.\n",
    });
    expect(berth.requests).toEqual(["POST /v1.51/system/check"]);
  });

  test("what is wrong and stays so is a failure", async () => {
    await using berth = await checking([finding(true), finding(false)]);
    const { code, out } = await berth.run("system", "check", "--repair");
    expect(code).toBe(1);
    expect(out.split("\n").slice(1)).toEqual([
      "layer sha256:1: its files differ; repaired: unpack it again",
      "layer sha256:1: its files differ: unpack it again",
      "2 faults found, 1 repaired.",
      "",
    ]);
    expect(berth.requests).toEqual(["POST /v1.51/system/check?repair=1"]);
    const json = await berth.run("system", "check", "--format", "json");
    expect([json.code, JSON.parse(json.out).Findings.length]).toEqual([1, 2]);
  });

  test("what was mended is none", async () => {
    await using berth = await checking([finding(true)]);
    expect((await berth.run("system", "check", "--repair")).code).toBe(0);
  });
});
