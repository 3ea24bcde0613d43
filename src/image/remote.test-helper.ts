import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf, parseReference, withDefaultTag } from "../core/index.ts";
import { MEDIA } from "../spec/index.ts";
import type { Reception, RemoteLayer } from "./index.ts";
import { inPieces, tarOf } from "./tar/test-support.ts";
import type { TestRoom } from "./test-support.ts";

/** For arrivals that nobody watches. */
export const silent = { downloading() {}, verified() {}, unpacking() {} };

/** An image as a registry has it. */
export async function remoteImage(
  text: string,
  options: { architecture?: string; pack?: "gzip" | "zstd" | "none" } = {},
) {
  const { architecture = "amd64", pack = "gzip" } = options;
  const tar = await tarOf([{ name: "file", type: "file", body: Buffer.from(text) }]);
  const blob = pack === "gzip" ? gzipSync(tar) : pack === "zstd" ? zstdCompressSync(tar) : tar;
  const config = Buffer.from(
    JSON.stringify({ architecture, os: "linux", rootfs: { type: "layers", diff_ids: [digestOf(tar)] } }),
  );
  const suffix = pack === "none" ? "" : `+${pack}`;
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      config: { mediaType: MEDIA.ociConfig, digest: digestOf(config), size: config.byteLength },
      layers: [{ mediaType: MEDIA.ociLayer + suffix, digest: digestOf(blob), size: blob.byteLength }],
    }),
  );
  const layer: RemoteLayer = { digest: digestOf(blob), size: blob.byteLength, diffId: digestOf(tar) };
  const manifest = { digest: digestOf(bytes), mediaType: MEDIA.ociManifest, bytes };
  return { blob, layer, config, manifest, received: { manifest, config, layers: [layer] } };
}

export type Remote = Awaited<ReturnType<typeof remoteImage>>;
/** What a registry answers when it is asked for the layer. */
export const opened =
  ({ blob }: Remote) =>
  (from: number) =>
    inPieces(blob.subarray(from), 100);

/** Takes them in as a pull does, under one name. */
export async function takeInto(
  room: TestRoom,
  remotes: readonly Remote[],
  name: string,
  more: Partial<Reception> = {},
) {
  const tag = withDefaultTag(parseReference(name));
  const target = more.target ?? (remotes[0] as Remote).manifest.digest;
  await using intake = room.images.intake();
  for (const remote of remotes) await intake.layer(remote.layer, opened(remote), silent);
  const { domain, path } = tag;
  const references = [tag, { domain, path, digest: target }];
  return await intake.finish({
    images: remotes.map(({ received }) => received),
    references,
    target,
    ...more,
  });
}

export async function indexOf(...remotes: Remote[]) {
  const manifests = remotes.map(({ manifest, config }) => ({
    mediaType: MEDIA.ociManifest,
    digest: manifest.digest,
    size: manifest.bytes.byteLength,
    platform: { os: "linux", architecture: JSON.parse(config.toString()).architecture as string },
  }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }));
  return {
    digest: digestOf(bytes),
    mediaType: MEDIA.ociIndex,
    bytes,
    parts: manifests.map(({ digest }) => digest),
  };
}
