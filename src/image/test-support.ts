import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ContentStore, openContent } from "../content/index.ts";
import { type Digest, digestOf } from "../core/index.ts";
import type { OciImageConfig, ProgressMessage } from "../spec/index.ts";
import { openState, type State } from "../state/index.ts";
import { type ImageOptions, openImages } from "./image-store.ts";
import { readTar, type TarInput } from "./tar/index.ts";
import { inPieces, tarOf } from "./tar/test-support.ts";
import type { Images, ImageUse, LayerSink } from "./types.ts";

/** Layers that are read and measured, not unpacked: what the image room asks of them, without the file system. */
export class MeasuredLayers implements LayerSink {
  readonly sizes = new Map<Digest, number>();

  has(diffId: Digest): boolean {
    return this.sizes.has(diffId);
  }
  async add(diffId: Digest, tarPath: string): Promise<void> {
    let size = 0;
    for await (const entry of readTar(inPieces(readFileSync(tarPath), 1 << 16))) size += entry.size;
    this.sizes.set(diffId, size);
  }
  readsTar(): boolean {
    return true;
  }
  async remove(diffId: Digest): Promise<void> {
    this.sizes.delete(diffId);
  }
  size(diffId: Digest): number {
    return this.sizes.get(diffId) ?? 0;
  }
  directory(diffId: Digest): string {
    return `/layers/${diffId}`;
  }
  list(): Digest[] {
    return [...this.sizes.keys()];
  }
}

/** An image room of its own, over real state and content in a directory that goes with `dispose`. */
export class TestRoom implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), "berth-image-"));
  readonly layers = new MeasuredLayers();
  readonly uses = new Map<Digest, ImageUse[]>();
  readonly events: string[] = [];
  readonly logged: string[] = [];
  state!: State;
  content!: ContentStore;
  images!: Images;

  static async open(): Promise<TestRoom> {
    const room = new TestRoom();
    await room.start();
    return room;
  }

  /** As after a restart of the process. */
  async start(): Promise<void> {
    this.state?.close();
    this.state = openState(join(this.path, "state.db"));
    this.content = openContent(join(this.path, "content"), { leastKept: 1 });
    const options: ImageOptions = {
      state: this.state,
      content: this.content,
      layers: this.layers,
      uses: (id) => this.uses.get(id) ?? [],
      applyChanges: (config, lines) => ({
        ...config,
        ...(lines[0] && { Cmd: lines[0].split(" ").slice(1) }),
      }),
      publish: ({ action, attributes }) => this.events.push(`${action} ${attributes.name}`),
      log: (message) => this.logged.push(message),
    };
    this.images = await openImages(options);
  }

  /** An image of its own layers, each with one file that holds the given text. */
  async make(
    tag: string | undefined,
    texts: readonly string[],
    more: Partial<OciImageConfig> & { parent?: Digest } = {},
  ): Promise<Digest> {
    const { parent, ...fields } = more;
    const diff_ids: Digest[] = [];
    for (const text of texts) {
      const tar = await tarOf([{ name: "file", type: "file", body: Buffer.from(text) }]);
      diff_ids.push((await this.images.addLayer(inPieces(tar))).diffId);
    }
    const config: OciImageConfig = {
      architecture: "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids },
      ...fields,
    };
    const tags = tag === undefined ? [] : [tag];
    return (await this.images.commit(config, { tags, ...(parent && { parent }) })).id;
  }

  async load(archive: Uint8Array, pieceSize = 5000): Promise<string[]> {
    const said: ProgressMessage[] = [];
    await this.images.load(inPieces(archive, pieceSize), (message) => said.push(message));
    return said.flatMap(({ stream }) => (stream === undefined ? [] : [stream.trimEnd()]));
  }

  /** Everything kept, to be compared. */
  kept(): { blobs: Digest[]; layers: Digest[]; images: string[]; rows: Digest[] } {
    return {
      blobs: this.content.list(),
      layers: this.layers.list().sort(),
      images: this.images.list({ all: true }).map(({ Id, RepoTags }) => [Id, ...RepoTags].join(" ")),
      rows: [...this.state.images.layerSizes().keys()].sort(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.state.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The files of a small image archive, by name. */
export async function dockerArchive(
  layerTexts: readonly string[],
  change: (files: Map<string, Uint8Array | string>) => void = () => {},
): Promise<Uint8Array> {
  const layers = await Promise.all(
    layerTexts.map((text) => tarOf([{ name: "file", type: "file", body: Buffer.from(text) }])),
  );
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map(digestOf) },
  });
  const files = new Map<string, Uint8Array | string>([
    ["config.json", config],
    ...layers.map((layer, at): [string, Uint8Array] => [`l${at}/layer.tar`, layer]),
    [
      "manifest.json",
      JSON.stringify([
        { Config: "config.json", RepoTags: ["x:1"], Layers: layers.map((_, at) => `l${at}/layer.tar`) },
      ]),
    ],
  ]);
  change(files);
  return tarOf([...files].map(([name, body]): TarInput => ({ name, type: "file", body: Buffer.from(body) })));
}
