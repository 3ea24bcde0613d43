/** I1: an image is pulled once, by `pull` or by the first `run`; later runs need no registry. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bothClis, noiseTar, putImage, TEST_USER, TestEngine, withRegistry } from "../harness/index.ts";

const engine = new TestEngine("i1").use();

withRegistry((registry) =>
  bothClis(engine, (cli) => {
    const path = cli.image("app").slice(0, -":1".length);
    const env = (value: string) => ({ config: { Env: ["PATH=/bin", `WHICH=${value}`] } });
    const print = ["sh", "-c", "echo $WHICH"];
    const isThere = async (name: string) => (await cli.run(["image", "inspect", name])).code === 0;

    test("pull tells what it does, and the second time that there is nothing to do", async () => {
      const { digest, id } = await putImage(registry, path, { ...env("first"), tag: "1" });
      const name = registry.name(`${path}:1`);
      const first = await cli.ok("pull", name);
      expect(first).toContain(`1: Pulling from ${path}`);
      expect(first).toContain(`Digest: ${digest}`);
      expect(first).toContain(`Status: Downloaded newer image for ${name}`);
      expect(first.split("\n").at(-1)).toBe(name);
      expect((await cli.inspectImage(name)).Id).toBe(id);
      const second = await cli.ok("pull", name);
      expect(second).toContain(`Status: Image is up to date for ${name}`);
      expect(await cli.ok("pull", "-q", name)).toBe(name);
      const { RepoTags, RepoDigests } = await cli.inspectImage(name);
      expect(RepoTags).toContain(name);
      expect(RepoDigests).toContain(`${registry.name(path)}@${digest}`);
    });

    test("without a tag it is latest", async () => {
      await putImage(registry, `${path}-plain`, { tag: "latest" });
      const name = registry.name(`${path}-plain`);
      const said = await cli.ok("pull", name);
      expect(said).toContain("Using default tag: latest");
      expect(said.split("\n").at(-1)).toBe(`${name}:latest`);
    });

    test("run pulls what is missing, once: the next run needs no registry", async () => {
      await putImage(registry, `${path}-run`, { ...env("pulled"), tag: "1" });
      const name = registry.name(`${path}-run:1`);
      const run = await cli.run(["run", "--rm", name, ...print]);
      expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 0, stdout: "pulled\n" });
      expect(run.stderr).toContain(`Unable to find image '${name}' locally`);
      expect(run.stderr).toContain(`Status: Downloaded newer image for ${name}`);
      await registry.running.stop();
      try {
        const again = await cli.run(["run", "--rm", name, ...print]);
        expect(again).toEqual({ code: 0, stdout: "pulled\n", stderr: "" });
        const missing = await cli.run(["run", "--rm", registry.name(`${path}-other:1`), ...print]);
        expect(missing.code).toBe(125);
        expect(missing.stderr).toContain("connection refused");
      } finally {
        await registry.running.start();
      }
    });

    test("--pull always fetches a tag that moved, missing does not, never fetches nothing", async () => {
      const moving = `${path}-moving`;
      const name = registry.name(`${moving}:1`);
      const run = async (...flags: string[]) => {
        const { stdout } = await cli.run(["run", "--rm", ...flags, name, ...print]);
        return stdout.trim();
      };
      const never = await cli.run(["run", "--rm", "--pull", "never", name, ...print]);
      expect(never.code).toBe(125);
      expect(never.stderr).toContain(`No such image: ${name}`);
      await putImage(registry, moving, { ...env("old"), tag: "1" });
      expect((await cli.run(["run", "--rm", "--pull", "never", name, ...print])).code).toBe(125);
      expect(await run("--pull", "missing")).toBe("old");
      await putImage(registry, moving, { ...env("new"), tag: "1" });
      expect(await run()).toBe("old");
      expect(await run("--pull", "missing")).toBe("old");
      expect(await run("--pull", "never")).toBe("old");
      expect(await run("--pull", "always")).toBe("new");
      expect(await run("--pull", "never")).toBe("new");
      const bad = await cli.run(["run", "--rm", "--pull", "sometimes", name]);
      expect(bad.code).toBe(125);
      expect(bad.stderr).toContain("sometimes");
    });

    test("create pulls likewise", async () => {
      await putImage(registry, `${path}-create`, { tag: "1" });
      const container = cli.unique("created");
      await cli.ok("create", "-q", "--name", container, registry.name(`${path}-create:1`));
      expect((await cli.inspect(container)).State.Status).toBe("created");
      await cli.ok("rm", container);
    });

    test("every tag of a repository", async () => {
      const ids = new Set<string>();
      for (const tag of ["a", "b", "c"]) {
        ids.add((await putImage(registry, `${path}-all`, { ...env(tag), tag })).id);
      }
      await cli.ok("pull", "-q", "-a", registry.name(`${path}-all`));
      for (const tag of ["a", "b", "c"]) {
        ids.delete((await cli.inspectImage(registry.name(`${path}-all:${tag}`))).Id);
      }
      expect(ids.size).toBe(0);
      const refused = await cli.run(["pull", "-a", registry.name(`${path}-all:a`)]);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain("--all-tags");
    });

    test("two pulls of one image at a time end well", async () => {
      await putImage(registry, `${path}-twice`, { layers: [await noiseTar(3_000_000)], tag: "1" });
      const name = registry.name(`${path}-twice:1`);
      const both = await Promise.all([cli.run(["pull", name]), cli.run(["pull", name])]);
      expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
        { code: 0, stderr: "" },
        { code: 0, stderr: "" },
      ]);
      expect(await isThere(name)).toBe(true);
    });

    test("a tag or repository that is not there", async () => {
      const name = registry.name(`${path}:no-such-tag`);
      const tag = await cli.run(["pull", name]);
      expect(tag.code).toBe(1);
      expect(tag.stderr).toContain(`manifest for ${name} not found: manifest unknown`);
      const repository = await cli.run(["pull", registry.name(`${path}-no-such`)]);
      expect(repository.code).toBe(1);
      expect(repository.stderr).toMatch(/not found|unknown/);
      expect(await isThere(name)).toBe(false);
    });
  }),
);

withRegistry(
  (registry) =>
    bothClis(engine, (cli) => {
      test("a private registry: refused, then logged in, then logged out", async () => {
        const config = mkdtempSync(join(tmpdir(), "berth-e2e-login-"));
        const env = { DOCKER_CONFIG: config };
        const name = registry.name(cli.image("private"));
        const run = (args: string[], stdin?: string) =>
          cli.run(args, { env, ...(stdin === undefined ? {} : { stdin }) });
        try {
          await cli.ok("tag", engine.base, name);
          const refused = await run(["push", name]);
          expect(refused.code).toBe(1);
          expect(refused.stderr).toMatch(/no basic auth credentials|unauthorized|denied/);

          const login = ["login", "-u", TEST_USER.username, "--password-stdin", registry.host];
          const wrong = await run(login, "not the word");
          expect(wrong.code).toBe(1);
          expect(wrong.stderr).toMatch(/unauthorized|incorrect username or password/i);
          const right = await run(login, TEST_USER.password);
          expect(right.stdout).toContain("Login Succeeded");
          const pushed = await run(["push", name]);
          expect({ code: pushed.code, stderr: pushed.stderr }).toEqual({ code: 0, stderr: "" });
          await cli.ok("rmi", name);
          expect((await run(["run", "--rm", name, "true"])).code).toBe(0);

          expect((await run(["logout", registry.host])).code).toBe(0);
          expect((await run(["pull", name])).code).toBe(1);
        } finally {
          rmSync(config, { recursive: true, force: true });
        }
      });
    }),
  { auth: "basic" },
);
