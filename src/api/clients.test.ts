/** Real clients against the server: dockerode, and the docker command where it is installed. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import Docker from "dockerode";
import { notFound } from "../core/index.ts";
import type { ContainerInspect, ExecInspect } from "../spec/index.ts";
import { TestAttachment } from "./test-attachment.ts";
import { type EngineParts, eventually, hasDocker, runDocker, startServer } from "./test-support.ts";

const ID = "c".repeat(64);

function inspected(tty: boolean): ContainerInspect {
  return {
    Id: ID,
    Name: "/x",
    State: { Running: true, Status: "running", ExitCode: 0 },
    Config: { Tty: tty, OpenStdin: true, Labels: {} },
    HostConfig: { NetworkMode: "default" },
  } as unknown as ContainerInspect;
}

/** An engine with one container, whose process answers each line of input and says how it was told to end. */
function echoing(tty = false): EngineParts & { process: TestAttachment } {
  const process = new TestAttachment(tty);
  const write = process.write.bind(process);
  process.write = async (data) => {
    await write(data);
    process.say(`echo ${Buffer.from(data)}`);
  };
  process.closeInput = () => {
    process.inputClosed = true;
    process.say("bye\n", tty ? "stdout" : "stderr");
    process.exit();
  };
  const exec = { ID: "e", OpenStdin: true, DetachKeys: "", Running: false, ExitCode: 3 } as ExecInspect;
  return {
    process,
    containers: {
      create: async () => ({ Id: ID, Warnings: [] }),
      start: async () => true,
      inspect: async () => inspected(tty),
      list: async () => [],
      remove: async () => {},
      attach: async () => process,
      resize: async () => {},
      wait: () => ({ result: eventually(() => process.inputClosed).then(() => ({ StatusCode: 3 })) }),
      logs: async () => ({
        tty,
        records: (async function* () {
          yield { stream: "stdout" as const, time: 0n, data: Buffer.from("logged\n"), partial: false };
          yield { stream: "stderr" as const, time: 0n, data: Buffer.from("failed\n"), partial: false };
        })(),
      }),
      execCreate: async () => ({ Id: "e" }),
      execStart: async () => process,
      execInspect: () => exec,
      execResize: async () => {},
    },
    builder: {
      build: async ({ context }, progress) => {
        let bytes = 0;
        for await (const piece of context) bytes += piece.byteLength;
        progress({ stream: `context of ${bytes > 0 ? "some" : "no"} bytes\n` });
        progress({ aux: { ID: "sha256:1" } });
        return { id: "sha256:1" };
      },
    },
    images: {
      load: async (archive, progress) => {
        for await (const _ of archive);
        progress({ stream: "Loaded image: a:1\n" });
      },
      async *save(names) {
        if (names.includes("nope")) throw notFound("No such image: nope");
        yield Buffer.from("archive");
      },
    },
  };
}

describe("dockerode", () => {
  async function connect(parts: EngineParts) {
    const server = await startServer(parts);
    const docker = new Docker({ socketPath: server.path });
    return { docker, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }

  const both = { stream: true, stdin: true, stdout: true, stderr: true };

  for (const kind of ["attach", "exec"] as const) {
    const open = async (docker: Docker, hijack: boolean): Promise<NodeJS.ReadWriteStream> => {
      const container = docker.getContainer("x");
      if (kind === "attach") return container.attach({ ...both, hijack });
      const exec = await container.exec({ Cmd: ["sh"], AttachStdin: true, AttachStdout: true });
      return exec.start({ hijack, stdin: true });
    };

    test(`${kind} with an upgrade: both outputs, input and its end`, async () => {
      const engine = echoing();
      await using client = await connect(engine);
      const stream = await open(client.docker, true);
      const [out, err] = [new PassThrough(), new PassThrough()];
      client.docker.modem.demuxStream(stream, out, err);
      stream.on("end", () => {
        out.end();
        err.end();
      });
      stream.write("hello\n");
      await eventually(() => engine.process.input === "hello\n");
      stream.end();
      expect(await textOf(out)).toBe("echo hello\n");
      expect(await textOf(err)).toBe("bye\n");
    });

    test(`${kind} without an upgrade: input inside the request that stays open`, async () => {
      const engine = echoing();
      await using client = await connect(engine);
      const stream = await open(client.docker, false);
      const out = new PassThrough();
      client.docker.modem.demuxStream(stream, out, new PassThrough());
      const answer = new Promise((resolve) => out.once("data", (data: Buffer) => resolve(data.toString())));
      stream.write("hello\n");
      expect(await answer).toBe("echo hello\n");
      expect(engine.process.input).toBe("hello\n");
      engine.process.exit();
    });
  }

  test("create, start, wait, logs, remove", async () => {
    const engine = echoing();
    await using client = await connect(engine);
    const container = await client.docker.createContainer({ Image: "a", name: "x", Cmd: ["true"] });
    expect(container.id).toBe(ID);
    const waiting = container.wait({ condition: "next-exit" });
    await container.start();
    engine.process.closeInput();
    expect(await waiting).toEqual({ StatusCode: 3 });
    const logs = await container.logs({ stdout: true, stderr: true });
    expect(logs.toString("latin1")).toBe("\x01\0\0\0\0\0\0\x07logged\n\x02\0\0\0\0\0\0\x07failed\n");
    await container.remove({ force: true });
  });

  test("build, load, save and their failures", async () => {
    await using client = await connect(echoing());
    const { docker } = client;
    const build = await docker.buildImage(new PassThrough().end("tar") as unknown as NodeJS.ReadableStream, {
      t: "a:1",
      registryconfig: { "docker.io": { username: "u", password: "p" } },
    });
    const lines = await new Promise<unknown[]>((resolve, reject) =>
      docker.modem.followProgress(build, (error, all) => (error ? reject(error) : resolve(all))),
    );
    expect(lines).toEqual([{ stream: "context of some bytes\n" }, { aux: { ID: "sha256:1" } }]);
    const load = await docker.loadImage(new PassThrough().end("tar") as unknown as NodeJS.ReadableStream);
    expect(await textOf(load)).toBe('{"stream":"Loaded image: a:1\\n"}\r\n');
    expect(await textOf(await docker.getImage("a/b:1").get())).toBe("archive");
    const missing = await docker
      .getImage("nope")
      .get()
      .catch((error: { statusCode: number }) => error);
    expect(missing).toMatchObject({ statusCode: 404 });
  });
});

describe.skipIf(!hasDocker())("the docker command", () => {
  async function docker(parts: EngineParts, argv: string[], input?: string) {
    await using server = await startServer(parts);
    return await runDocker(server, argv, { input });
  }

  test("version names the server", async () => {
    const { code, out } = await docker({}, [
      "version",
      "--format",
      "{{.Server.Version}} {{.Server.APIVersion}}",
    ]);
    expect([code, out]).toEqual([0, "9.8.7 1.51\n"]);
  });

  test("run -i: input and its end reach the process, both outputs and the exit code come back", async () => {
    const engine = echoing();
    const { code, out, err } = await docker(engine, ["run", "-i", "a", "cat"], "typed\n");
    expect([code, out, err]).toEqual([3, "echo typed\n", "bye\n"]);
  });

  test("exec -i and its exit code", async () => {
    const { code, out, err } = await docker(echoing(), ["exec", "-i", "x", "cat"], "typed\n");
    expect([code, out, err]).toEqual([3, "echo typed\n", "bye\n"]);
  });

  test("logs splits the streams; ps of nothing is a header", async () => {
    const logs = await docker(echoing(), ["logs", "x"]);
    expect(logs).toEqual({ code: 0, out: "logged\n", err: "failed\n" });
    expect((await docker(echoing(), ["ps"])).out).toStartWith("CONTAINER ID");
  });

  test("build and save", async () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-cli-"));
    try {
      writeFileSync(join(directory, "Dockerfile"), "FROM scratch\n");
      const build = await docker(echoing(), ["build", "-t", "a:1", directory]);
      expect(build.code).toBe(0);
      expect(build.out).toEndWith("context of some bytes\n");
      const saved = await docker(echoing(), ["save", "-o", join(directory, "a.tar"), "a:1"]);
      expect(saved.code).toBe(0);
      expect(await Bun.file(join(directory, "a.tar")).text()).toBe("archive");
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test("refusals are the server's own words", async () => {
    const { code, err } = await docker(
      {
        containers: {
          inspect: async () => {
            throw notFound("No such container: nope");
          },
        },
      },
      ["logs", "nope"],
    );
    expect(code).toBe(1);
    expect(err).toContain("No such container: nope");
  });
});
