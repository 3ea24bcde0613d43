import { randomBytes } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { type ContentStore, openContent } from "../../content/index.ts";
import { type EngineEvent, familiar, notFound, parseReference, withDefaultTag } from "../../core/index.ts";
import { type Images, openImages, readTar } from "../../image/index.ts";
import { mountPoints } from "../../kernel/index.ts";
import { type Networks, openNetworks } from "../../network/index.ts";
import { openRuntime, type Runtime } from "../../runtime/index.ts";
import { type LayerStore, openLayers, openSnapshots, type Snapshots } from "../../snapshot/index.ts";
import type { OciImageConfig, ProgressMessage } from "../../spec/index.ts";
import { openState, type State } from "../../state/index.ts";
import { applyChanges, type Builder, type BuildRequest, createBuilder, recoverBuilds } from "../index.ts";
import { type Files, tarOf } from "./tar.ts";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));

/** Why builds cannot run here; undefined when they can. */
export const cannotBuild: string | undefined =
  process.getuid?.() !== 0 ? "not root" : BUSYBOX ? undefined : "no static busybox";

export interface Built {
  readonly id?: string;
  readonly error?: Error;
  readonly messages: readonly ProgressMessage[];
  /** The stream as a client prints it. */
  readonly text: string;
}

/** The rooms that a builder needs, real ones, on directories of their own. */
export class TestHost {
  readonly cgroupParent: string;
  readonly events: Omit<EngineEvent, "timeNano">[] = [];
  readonly complaints: string[] = [];
  state!: State;
  content!: ContentStore;
  layers!: LayerStore;
  snapshots!: Snapshots;
  images!: Images;
  runtime!: Runtime;
  networks!: Networks;
  builder!: Builder;

  private constructor(
    readonly directory: string,
    readonly bridge: string,
  ) {
    this.cgroupParent = `/${bridge}`;
  }

  /** A new host, or one over the directories of another that has stopped. */
  static async open(
    directory = mkdtempSync("/var/tmp/berth-build-"),
    bridge = `bb${randomBytes(4).toString("hex")}`,
  ): Promise<TestHost> {
    const host = new TestHost(directory, bridge);
    await host.start();
    return host;
  }

  /** Opens the rooms; again after `stop`, as a new engine would. */
  async start(): Promise<void> {
    const { directory, bridge } = this;
    const log = (message: string) => void this.complaints.push(message);
    const publish = (event: Omit<EngineEvent, "timeNano">) => void this.events.push(event);
    this.state = openState(join(directory, "state.db"));
    this.content = openContent(join(directory, "content"));
    this.layers = await openLayers(join(directory, "layers"));
    this.snapshots = openSnapshots(join(directory, "snapshots"), this.layers);
    const { state, content, layers, snapshots } = this;
    this.images = await openImages({ state, content, layers, uses: () => [], applyChanges, publish, log });
    const execRoot = join(directory, "run");
    this.runtime = openRuntime({ execRoot, log });
    this.networks = openNetworks({ state, bridge, execRoot, publish, log });
    await this.networks.recover(new Set());
    this.builder = createBuilder({
      state,
      content,
      images: this.images,
      layers,
      snapshots,
      runtime: this.runtime,
      networks: this.networks,
      cgroupParent: this.cgroupParent,
      openFiles: { hard: 1024 },
      execRoot,
      tempRoot: join(directory, "temp"),
      publish,
      // These tests have no registry: nothing is found there.
      pull: async (name) => {
        throw notFound(`No such image: ${familiar(withDefaultTag(parseReference(name)))}`);
      },
      log,
    });
  }

  /** What an engine does at its start with what an earlier one left. */
  recover(): Promise<void> {
    const { runtime, networks, snapshots, directory } = this;
    return recoverBuilds({
      runtime,
      networks,
      snapshots,
      execRoot: join(directory, "run"),
      tempRoot: join(directory, "temp"),
    });
  }

  request(dockerfile: string, files: Files = {}): BuildRequest {
    return {
      context: tarOf({ Dockerfile: dockerfile, ...files }),
      tags: [],
      buildArgs: {},
      labels: {},
      noCache: false,
      pull: false,
      quiet: false,
      networkMode: "none",
      extraHosts: [],
      signal: new AbortController().signal,
    };
  }

  async build(dockerfile: string, files: Files = {}, request: Partial<BuildRequest> = {}): Promise<Built> {
    const messages: ProgressMessage[] = [];
    const text = () => messages.map(({ stream }) => stream ?? "").join("");
    try {
      const { id } = await this.builder.build({ ...this.request(dockerfile, files), ...request }, (message) =>
        messages.push(message),
      );
      return { id, messages, text: text() };
    } catch (error) {
      return { error: error as Error, messages, text: text() };
    }
  }

  /** An image `base` with busybox and all its applets, a passwd and a group file. */
  async makeBase(): Promise<void> {
    const busybox = { body: readFileSync(BUSYBOX as string), mode: 0o755 };
    const lines = [
      "FROM scratch",
      "COPY busybox /bin/busybox",
      'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
      "COPY passwd group /etc/",
      "RUN mkdir -m 1777 /tmp",
    ];
    const built = await this.build(
      lines.join("\n"),
      {
        busybox,
        passwd: "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n",
        group: "root:x:0:\ng:x:77:u\n",
      },
      { tags: ["base"] },
    );
    if (built.error) throw built.error;
  }

  config(name: string): OciImageConfig {
    return this.images.resolve(name).config;
  }

  /** What a layer's tar lists, as `name mode uid:gid`. */
  async layer(name: string, index: number): Promise<string[]> {
    const diffId = this.images.resolve(name).layers.at(index);
    const lines: string[] = [];
    if (!diffId) return lines;
    for await (const entry of readTar(this.content.stream(diffId))) {
      lines.push(`${entry.name} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`);
    }
    return lines;
  }

  /** Everything that a build may leave: files of the data root, mounts, network namespaces, links. */
  leftovers(): string[] {
    const found: string[] = [];
    const walk = (path: string, depth: number) => {
      if (!existsSync(path)) return;
      for (const name of readdirSync(path)) {
        found.push(join(path, name));
        if (depth > 1 && lstatSync(join(path, name)).isDirectory()) walk(join(path, name), depth - 1);
      }
    };
    for (const room of ["content", "layers", "snapshots", "temp"]) walk(join(this.directory, room), 3);
    walk(join(this.directory, "run", "build"), 3);
    // Layers stay mounted once they were used.
    const layers = join(this.directory, "layers/");
    for (const point of mountPoints()) {
      if (point.startsWith(this.directory) && !point.startsWith(layers)) found.push(`mount ${point}`);
    }
    return found.sort();
  }

  stop(): void {
    this.layers.unmountExcept([]);
    this.networks.close();
    this.runtime.close();
    this.state.close();
  }

  async close(): Promise<void> {
    await this.networks.destroy();
    this.stop();
    rmSync(this.directory, { recursive: true, force: true });
    for (const controller of readdirSync("/sys/fs/cgroup")) {
      const path = join("/sys/fs/cgroup", controller, this.cgroupParent);
      if (existsSync(path) && !isLink(join("/sys/fs/cgroup", controller))) rmdirSync(path);
    }
  }
}

function isLink(path: string): boolean {
  try {
    readlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
