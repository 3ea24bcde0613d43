/** The road of a library client: dockerode, over the socket, against the API as it is. */
import { beforeAll, expect, test } from "bun:test";
import { PassThrough, Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import Docker from "dockerode";
import { directoryOf, eventually, TestEngine, tarOf } from "../harness/index.ts";

const engine = new TestEngine("dockerode").use();
const docker = new Docker({ socketPath: engine.api.socket });
const unique = (name: string) => `${engine.token}-${name}`;
const image = `${engine.token}/app:1`;

/** Reads a stream of progress messages to its end. */
const progress = (stream: NodeJS.ReadableStream) =>
  new Promise<{ stream?: string; aux?: { ID?: string }; error?: string }[]>((resolve, reject) => {
    docker.modem.followProgress(stream, (error, messages) => (error ? reject(error) : resolve(messages)));
  });

/** Splits an attached stream into the program's output and errors, until it ends. */
async function demultiplexed(stream: NodeJS.ReadableStream): Promise<{ out: string; err: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, out, err);
  stream.once("end", () => {
    out.end();
    err.end();
  });
  const [outText, errText] = await Promise.all([text(out), text(err)]);
  return { out: outText, err: errText };
}

beforeAll(async () => {
  using context = await directoryOf({
    Dockerfile: `FROM ${engine.base}\nCOPY file /file\nRUN echo made > /made\nCMD ["cat", "/file", "/made"]\n`,
    file: "copied\n",
  });
  const tar = Readable.from([Buffer.from(await tarOf(context.path))]);
  const stream = await docker.buildImage(tar, { t: image, labels: { e2e: engine.token } });
  const messages = await progress(stream);
  const said = messages.map((message) => message.stream ?? "").join("");
  expect(said).toContain("Step 1/");
  expect(said).toContain(`Successfully tagged ${image}`);
  expect(messages.some((message) => message.aux?.ID?.startsWith("sha256:"))).toBe(true);
});

test("ping, version and info", async () => {
  expect((await docker.ping()).toString()).toBe("OK");
  const version = await docker.version();
  expect(version.ApiVersion).toBe("1.51");
  expect(version.MinAPIVersion).toBe("1.24");
  expect(version.Os).toBe("linux");
  const info = await docker.info();
  expect(info.OSType).toBe("linux");
  expect(info.NCPU).toBeGreaterThan(0);
  expect(info.Images).toBeGreaterThan(0);
});

test("images: inspect, history, list, tag, remove", async () => {
  const { Id, RepoTags } = await docker.getImage(image).inspect();
  expect(RepoTags).toContain(image);
  expect((await docker.getImage(image).history()).length).toBeGreaterThan(3);
  const listed = await docker.listImages({ filters: { reference: [image] } });
  expect(listed.map((one) => one.Id)).toEqual([Id]);
  await docker.getImage(image).tag({ repo: `${engine.token}/other`, tag: "2" });
  expect((await docker.getImage(`${engine.token}/other:2`).inspect()).Id).toBe(Id);
  const removed = await docker.getImage(`${engine.token}/other:2`).remove();
  expect(removed).toEqual([{ Untagged: `${engine.token}/other:2` }]);
});

test("create, attach, start, wait: every byte from the first on", async () => {
  const container = await docker.createContainer({
    name: unique("attached"),
    Image: image,
    Cmd: ["sh", "-c", "cat /file; echo problem >&2; exit 7"],
  });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const output = demultiplexed(stream);
  const waiting = container.wait({ condition: "next-exit" });
  await container.start();
  expect(await waiting).toMatchObject({ StatusCode: 7 });
  expect(await output).toEqual({ out: "copied\n", err: "problem\n" });
  const logs = await container.logs({ stdout: true, stderr: true, follow: false });
  expect(logs.toString()).toContain("copied");
  await container.remove();
});

test("standard input through a hijacked attach, ended by half-close", async () => {
  const container = await docker.createContainer({
    name: unique("stdin"),
    Image: image,
    Cmd: ["sort"],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
  });
  const stream = await container.attach({
    stream: true,
    hijack: true,
    stdin: true,
    stdout: true,
    stderr: true,
  });
  const output = demultiplexed(stream);
  await container.start();
  stream.end("b\nc\na\n");
  expect(await output).toEqual({ out: "a\nb\nc\n", err: "" });
  expect(await container.wait()).toMatchObject({ StatusCode: 0 });
  await container.remove();
});

test("exec: output, standard input, status, and a detached one", async () => {
  const container = await docker.createContainer({
    name: unique("exec"),
    Image: image,
    Cmd: ["sleep", "1000"],
  });
  await container.start();
  const exec = await container.exec({
    Cmd: ["sh", "-c", "cat; echo $COLOR; pwd; exit 5"],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Env: ["COLOR=blue"],
    WorkingDir: "/tmp",
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const output = demultiplexed(stream);
  stream.end("typed\n");
  expect(await output).toEqual({ out: "typed\nblue\n/tmp\n", err: "" });
  expect(await exec.inspect()).toMatchObject({ Running: false, ExitCode: 5 });

  const detached = await container.exec({ Cmd: ["touch", "/touched"] });
  await detached.start({ Detach: true });
  await eventually("the detached exec ended", async () => (await detached.inspect()).ExitCode === 0);
  await container.remove({ force: true });
});

test("a terminal: raw output, and its size", async () => {
  const container = await docker.createContainer({
    name: unique("tty"),
    Image: image,
    Cmd: ["sh"],
    Tty: true,
    OpenStdin: true,
    AttachStdin: true,
  });
  const stream = await container.attach({
    stream: true,
    hijack: true,
    stdin: true,
    stdout: true,
    stderr: true,
  });
  let screen = "";
  stream.on("data", (bytes: Buffer) => {
    screen += bytes.toString();
  });
  await container.start();
  await container.resize({ w: 111, h: 22 });
  stream.write("stty size\n");
  await eventually("the size is shown", () => screen.includes("22 111"));
  stream.write("exit\n");
  await container.wait();
  await container.remove();
});

test("logs: followed to the end", async () => {
  const container = await docker.createContainer({
    name: unique("logs"),
    Image: image,
    Cmd: ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.1; done"],
  });
  await container.start();
  const stream = await container.logs({ stdout: true, stderr: true, follow: true });
  expect(await demultiplexed(stream)).toEqual({ out: "1\n2\n3\n", err: "" });
  await container.remove({ force: true });
});

test("inspect, list with filters, stop, restart, kill, remove", async () => {
  const container = await docker.createContainer({
    name: unique("life"),
    Image: image,
    Cmd: ["sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"],
    Labels: { purpose: unique("life") },
  });
  const mine = async (all = false) =>
    (await docker.listContainers({ all, filters: { label: [`purpose=${unique("life")}`] } })).map(
      (one) => one.State,
    );
  expect(await mine()).toEqual([]);
  await container.start();
  expect(await mine()).toEqual(["running"]);
  // Without its trap the shell, being process 1, would not hear the signal.
  await eventually("it is ready", async () =>
    (await container.logs({ stdout: true })).toString().includes("ready"),
  );
  await container.stop();
  expect((await container.inspect()).State).toMatchObject({ Status: "exited", ExitCode: 0 });
  expect(await mine(true)).toEqual(["exited"]);
  await container.restart();
  await container.kill({ signal: "SIGKILL" });
  await eventually("it is dead", async () => !(await container.inspect()).State.Running);
  await container.remove();
  expect(await mine(true)).toEqual([]);
});

test("errors carry the status and the message", async () => {
  const error = await docker
    .getContainer("nosuch")
    .inspect()
    .catch((reason) => reason);
  expect(error.statusCode).toBe(404);
  expect(error.json.message).toBe("No such container: nosuch");
  const image = await docker.createContainer({ Image: "no-such-image" }).catch((reason) => reason);
  expect(image.statusCode).toBe(404);
  expect(image.json.message).toBe("No such image: no-such-image:latest");
});

test("events: as they happen, filtered", async () => {
  const name = unique("events");
  const stream = await docker.getEvents({ filters: { type: ["container"], container: [name] } });
  let seen = "";
  stream.on("data", (bytes: Buffer) => {
    seen += bytes.toString();
  });
  const container = await docker.createContainer({ name, Image: image, Cmd: ["true"] });
  await container.start();
  await container.wait();
  await container.remove();
  const actions = () =>
    seen
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).Action as string);
  await eventually("all were told", () => actions().includes("destroy"));
  expect(actions().filter((action) => action !== "attach")).toEqual(["create", "start", "die", "destroy"]);
  (stream as Readable).destroy();
});

test("images: save and load", async () => {
  const { Id } = await docker.getImage(image).inspect();
  const archive = await buffer((await docker.getImage(image).get()) as Readable);
  await docker.getImage(image).remove();
  const stream = await docker.loadImage(Readable.from([archive]));
  const said = (await progress(stream)).map((message) => message.stream ?? "").join("");
  expect(said).toContain(`Loaded image: ${image}`);
  expect((await docker.getImage(image).inspect()).Id).toBe(Id);
});

test("commit: what a container wrote, as an image", async () => {
  const container = await docker.createContainer({
    Image: image,
    name: unique("commit"),
    Cmd: ["touch", "/new"],
  });
  await container.start();
  await container.wait();
  const [repo, tag] = [`${engine.token}/committed`, "1"];
  const { Id } = await container.commit({
    repo,
    tag,
    comment: "why",
    author: "me",
    changes: 'CMD ["ls", "/new"]',
  });
  const { Id: found, Author, Comment, Config } = await docker.getImage(`${repo}:${tag}`).inspect();
  expect([found, Author, Comment, Config.Cmd]).toEqual([Id, "me", "why", ["ls", "/new"]]);
  await container.remove();
});

test("networks: bridge, host and none are there", async () => {
  const names = (await docker.listNetworks()).map((network) => network.Name);
  expect(names).toEqual(expect.arrayContaining(["bridge", "host", "none"]));
  expect(await docker.getNetwork("bridge").inspect()).toMatchObject({
    Name: "bridge",
    Driver: "bridge",
    Scope: "local",
  });
});
