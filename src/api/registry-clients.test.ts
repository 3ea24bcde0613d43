/** Real clients pull, push and log in: dockerode, and the docker command where it is installed. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { denied } from "../core/index.ts";
import { type EngineParts, hasDocker, runDocker, startServer } from "./test-support.ts";

const DIGEST = `sha256:${"d".repeat(64)}`;

/** An engine whose registry knows one password. */
function engine(): EngineParts & { asked: string[] } {
  const asked: string[] = [];
  const who = (auth: { username?: string; password?: string } | undefined) =>
    auth ? `${auth.username}:${auth.password}` : "nobody";
  return {
    asked,
    info: async () => ({ IndexServerAddress: "https://index.docker.io/v1/" }) as never,
    registries: {
      authenticate: async (server, auth) => {
        asked.push(`auth ${server} ${who(auth)}`);
        if (auth.password !== "secret") throw denied("unauthorized: incorrect username or password");
        return { status: "Login Succeeded", identityToken: "" };
      },
      pull: async (name, { auth, allTags, platform }, progress) => {
        asked.push(`pull ${name} ${who(auth)} ${allTags} ${platform}`);
        if (auth?.password !== "secret") throw denied(`pull access denied for ${name}`);
        progress({ status: "Pulling from a/b", id: "1" });
        progress({ status: "Downloading", id: "abc", progressDetail: { current: 5, total: 10 } });
        progress({ status: `Digest: ${DIGEST}` });
      },
      push: async (name, { auth, allTags, platform }, progress) => {
        asked.push(`push ${name} ${who(auth)} ${allTags} ${platform}`);
        progress({ status: `1: digest: ${DIGEST} size: 5` });
      },
      search: async () => [
        { name: "a", description: "b", star_count: 1, is_official: true, is_automated: false },
      ],
    },
    images: { prune: async () => ({ ImagesDeleted: [{ Deleted: DIGEST }], SpaceReclaimed: 7 }) },
    diskUsage: async () => ({ LayersSize: 9, Images: [], Containers: [], Volumes: [], BuildCache: [] }),
  };
}

test("dockerode", async () => {
  const parts = engine();
  await using server = await startServer(parts);
  const docker = new Docker({ socketPath: server.path });
  const authconfig = { username: "me", password: "secret", serveraddress: "r.test" };
  const stream = await docker.pull("r.test/a/b:1", { authconfig });
  const lines = await new Promise<unknown[]>((resolve, reject) =>
    docker.modem.followProgress(stream, (error, all) => (error ? reject(error) : resolve(all))),
  );
  expect(lines.at(-1)).toEqual({ status: `Digest: ${DIGEST}` });
  const refused = await docker.pull("x:1").catch((error: { statusCode: number }) => error.statusCode);
  expect(refused).toBe(404);
  expect(await docker.pruneImages()).toEqual({
    ImagesDeleted: [{ Deleted: DIGEST }],
    SpaceReclaimed: 7,
  } as never);
  expect(await docker.df()).toMatchObject({ LayersSize: 9 });
  expect(parts.asked).toEqual([
    "pull r.test/a/b:1 me:secret false undefined",
    "pull x:1 nobody false undefined",
  ]);
});

describe.skipIf(!hasDocker())("the docker command", () => {
  test("login, pull, push, search, prune and df", async () => {
    const parts = engine();
    await using server = await startServer(parts);
    const directory = mkdtempSync(join(tmpdir(), "berth-docker-"));
    const docker = (argv: string[], input?: string) =>
      runDocker(server, argv, { input, env: { DOCKER_CONFIG: directory } });
    try {
      const login = ["login", "-u", "me", "--password-stdin", "r.test"];
      const wrong = await docker(login, "wrong");
      expect(wrong).toMatchObject({ code: 1, out: "" });
      expect(wrong.err).toContain("unauthorized: incorrect username or password");
      expect(await docker(login, "secret")).toMatchObject({ code: 0, out: "Login Succeeded\n" });
      expect(await docker(["pull", "--platform", "linux/arm64", "r.test/a/b:1"])).toEqual({
        code: 0,
        err: "",
        out: `1: Pulling from a/b\nDigest: ${DIGEST}\nr.test/a/b:1\n`,
      });
      expect((await docker(["pull", "-a", "-q", "other.test/x"])).err).toBe(
        "Error response from daemon: pull access denied for other.test/x\n",
      );
      expect((await docker(["push", "r.test/a/b:1"])).out).toBe(`1: digest: ${DIGEST} size: 5\n`);
      expect((await docker(["search", "a"])).out).toContain("a         b             1         [OK]");
      expect((await docker(["image", "prune", "-f"])).out).toEndWith("Total reclaimed space: 7B\n");
      expect((await docker(["system", "df"])).out).toContain("Images          0         0         9B");
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    expect(parts.asked).toEqual([
      "auth r.test me:wrong",
      "auth r.test me:secret",
      "pull r.test/a/b:1 me:secret false linux/arm64",
      "pull other.test/x nobody true undefined",
      "push r.test/a/b:1 me:secret false undefined",
    ]);
  });
});
