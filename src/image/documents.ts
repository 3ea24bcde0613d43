import * as v from "valibot";
import { type Digest, invalid, isDigest } from "../core/index.ts";
import type { OciImageConfig } from "../spec/index.ts";

/** Documents larger than this are refused before they are parsed. */
export const MAX_DOCUMENT_SIZE = 8 << 20;

const digest = v.custom<Digest>((value) => typeof value === "string" && isDigest(value), "not a digest");
/** Go writes null where a list, map or text is empty. */
const optional = <T extends v.GenericSchema>(schema: T) => v.optional(v.nullish(schema));
const texts = v.array(v.string());
const names = v.record(v.string(), v.unknown());

const runtimeConfig = v.looseObject({
  User: optional(v.string()),
  ExposedPorts: optional(names),
  Env: optional(texts),
  Entrypoint: optional(texts),
  Cmd: optional(texts),
  Volumes: optional(names),
  WorkingDir: optional(v.string()),
  Labels: optional(v.record(v.string(), v.string())),
  StopSignal: optional(v.string()),
  Shell: optional(texts),
  OnBuild: optional(texts),
  ArgsEscaped: optional(v.boolean()),
  Healthcheck: optional(
    v.looseObject({
      Test: optional(texts),
      Interval: optional(v.number()),
      Timeout: optional(v.number()),
      StartPeriod: optional(v.number()),
      StartInterval: optional(v.number()),
      Retries: optional(v.number()),
    }),
  ),
});

const imageConfig = v.looseObject({
  architecture: v.string(),
  os: v.string(),
  variant: optional(v.string()),
  created: optional(v.string()),
  author: optional(v.string()),
  config: optional(runtimeConfig),
  rootfs: v.looseObject({
    diff_ids: v.pipe(
      v.nullish(v.array(digest)),
      v.transform((ids) => ids ?? []),
    ),
  }),
  history: optional(
    v.array(
      v.looseObject({
        created: optional(v.string()),
        created_by: optional(v.string()),
        author: optional(v.string()),
        comment: optional(v.string()),
        empty_layer: optional(v.boolean()),
      }),
    ),
  ),
});

const dockerManifest = v.array(
  v.looseObject({ Config: v.string(), Layers: optional(texts), RepoTags: optional(texts) }),
);

export type DockerManifest = v.InferOutput<typeof dockerManifest>;

/** `manifest.json` of a docker-archive. @throws invalid */
export const parseDockerManifest = (bytes: Uint8Array, where: string): DockerManifest =>
  readDocument(dockerManifest, bytes, where);

/**
 * An image configuration as it came from wherever: every field the engine uses is checked, null is the same as
 * absent, and what it does not know stays.
 * @throws invalid
 */
export function parseImageConfig(bytes: Uint8Array, where: string): OciImageConfig {
  const { config, history, ...rest } = readDocument(imageConfig, bytes, where);
  return withoutNulls({
    ...rest,
    ...(config && { config: withoutNulls(config) }),
    ...(history && { history: history.map(withoutNulls) }),
  }) as unknown as OciImageConfig;
}

function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T;
}

/** Reads and checks a document of a format. `where` names it in errors. @throws invalid */
export function readDocument<T>(schema: v.GenericSchema<unknown, T>, bytes: Uint8Array, where: string): T {
  if (bytes.byteLength > MAX_DOCUMENT_SIZE) throw invalid(`${where} is too large: ${bytes.byteLength} bytes`);
  const value = parseJson(bytes);
  if (value === undefined) throw invalid(`${where} is not JSON`);
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  throw invalid(`${where} is not as expected${field ? ` at ${field}` : ""}: ${issue.message.slice(0, 200)}`);
}

/** Undefined when it is not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    return undefined;
  }
}
