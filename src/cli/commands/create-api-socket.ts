import { invalid } from "../../core/index.ts";
import type { ContainerCreateBody, MountRequest } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { type ContextEntry, tarStream } from "../context/tar-stream.ts";
import { entryOf } from "../credentials/credentials.ts";
import { allCredentials } from "../credentials/store.ts";
import type { ClientConfig } from "../run-options/client-config.ts";

/** Where clients in the container look for the engine. */
const SOCKET = "/var/run/docker.sock";
const CONFIG_DIRECTORY = "/run/secrets/docker";

/** The request with the engine's own socket mounted in, and a place for our credentials. @throws invalid over TCP */
export function withApiSocket(
  { client }: CommandContext,
  body: ContainerCreateBody,
  config: ClientConfig,
): ContainerCreateBody {
  const { endpoint } = client;
  if (endpoint.kind !== "unix") {
    throw invalid("--use-api-socket needs an engine on a unix socket: there is none to mount over TCP");
  }
  if (body.HostConfig?.Binds?.some((bind) => bind.split(":")[1] === SOCKET)) {
    throw invalid(`--use-api-socket conflicts with a volume at ${SOCKET}`);
  }
  const mount: MountRequest = { Type: "bind", Source: endpoint.path, Target: SOCKET, BindOptions: {} };
  return {
    ...body,
    ...(mayKnow(config) && { Env: [...(body.Env ?? []), `DOCKER_CONFIG=${CONFIG_DIRECTORY}`] }),
    HostConfig: { ...body.HostConfig, Mounts: [...(body.HostConfig?.Mounts ?? []), mount] },
  };
}

/** Puts our credentials for registries into a new container, readable by root only. */
export async function copyCredentials(
  { client }: CommandContext,
  id: string,
  config: ClientConfig,
): Promise<void> {
  if (!mayKnow(config)) return;
  const known = await allCredentials(config);
  const auths = Object.fromEntries([...known].map(([key, found]) => [key, entryOf(found)]));
  const content = new TextEncoder().encode(JSON.stringify({ auths }));
  const archive = Buffer.concat([...tarStream(entries(content))]);
  await client.text("PUT", `/containers/${id}/archive`, {
    query: { path: "/" },
    headers: { "Content-Type": "application/x-tar" },
    body: archive,
  });
}

function mayKnow({ auths, credsStore, credHelpers }: ClientConfig): boolean {
  return Boolean(auths || credsStore || credHelpers);
}

function* entries(content: Uint8Array): Generator<ContextEntry> {
  const mtime = Date.now() / 1000;
  const name = (path: string) => new TextEncoder().encode(path);
  let directory = "";
  for (const part of CONFIG_DIRECTORY.slice(1).split("/")) {
    directory = directory === "" ? part : `${directory}/${part}`;
    yield { name: name(directory), type: "directory", mode: 0o755, mtime, size: 0 };
  }
  yield {
    name: name(`${directory}/config.json`),
    type: "file",
    mode: 0o600,
    mtime,
    size: content.length,
    content,
  };
}
