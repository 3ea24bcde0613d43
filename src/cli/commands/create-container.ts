import { readFileSync } from "node:fs";
import { ApiError, formatEndpoint } from "../../client/index.ts";
import {
  familiar,
  formatPlatform,
  invalid,
  messageOf,
  parsePlatform,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../../core/index.ts";
import type { ContainerCreateBody, ContainerCreateReply } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { type ClientConfig, proxyVariables } from "../run-options/client-config.ts";
import { containerBody } from "../run-options/container-body.ts";
import { isLoopback } from "../run-options/hosts.ts";
import { terminalSize } from "../terminal/size.ts";
import { UsageError } from "../usage-error.ts";
import { openCidFile } from "./create-cidfile.ts";

const WINDOWS_ONLY = ["cpu-count", "cpu-percent", "io-maxbandwidth", "io-maxiops"];

/** @throws UsageError for flags that only engines on Windows know */
export function refuseWindowsFlags({ args }: CommandContext): void {
  const flag = WINDOWS_ONLY.find((name) => args.given(name));
  if (flag === undefined) return;
  throw new UsageError(
    `"--${flag}" is only supported on a Docker daemon running on windows, but the Docker daemon is running on linux`,
    1,
  );
}

/** The request that the flags describe. @throws FlagError, and BerthError for flags that do not fit together */
export function bodyOfFlags(context: CommandContext, config: ClientConfig): ContainerCreateBody {
  const { args, env, client, out } = context;
  const pull = args.string("pull") ?? "missing";
  if (!["always", "missing", "never", ""].includes(pull)) {
    throw invalid(`invalid pull option: '${pull}': must be one of "always", "missing" or "never"`);
  }
  const body = containerBody(args, {
    environment: env,
    workingDirectory: process.cwd(),
    readFile: readFileSync,
    defaultEnv: config.proxies ? proxyVariables(config, formatEndpoint(client.endpoint)) : [],
  });
  const size = body.Tty ? terminalSize(out, () => context.stdout) : undefined;
  const ConsoleSize: [number, number] = size ? [size.rows, size.columns] : [0, 0];
  return { ...body, HostConfig: { ...body.HostConfig, ConsoleSize } };
}

/**
 * Creates the container, pulling its image when the engine has not got it. Warnings and the pull's progress go to
 * standard error; `--cidfile` is written. Answers the container's id.
 */
export async function createContainer(
  context: CommandContext,
  body: ContainerCreateBody,
  config: ClientConfig,
): Promise<string> {
  const { args, err } = context;
  for (const server of body.HostConfig?.Dns ?? []) {
    if (isLoopback(server)) err.write(`WARNING: Localhost DNS (${server}) may fail in containers.\n`);
  }
  const cidFile = openCidFile(args.string("cidfile"));
  try {
    const reply = await createWithImage(context, await withSocket(context, body, config), config);
    for (const warning of reply.Warnings ?? []) err.write(`WARNING: ${warning}\n`);
    if (args.boolean("use-api-socket")) {
      const { copyCredentials } = await import("./create-api-socket.ts");
      await copyCredentials(context, reply.Id, config);
    }
    cidFile?.write(reply.Id);
    return reply.Id;
  } catch (error) {
    cidFile?.discard();
    throw error;
  }
}

async function withSocket(
  context: CommandContext,
  body: ContainerCreateBody,
  config: ClientConfig,
): Promise<ContainerCreateBody> {
  if (!context.args.boolean("use-api-socket")) return body;
  const { withApiSocket } = await import("./create-api-socket.ts");
  return withApiSocket(context, body, config);
}

async function createWithImage(
  context: CommandContext,
  body: ContainerCreateBody,
  config: ClientConfig,
): Promise<ContainerCreateReply> {
  const { args, client, err, env } = context;
  const reference = imageReference(body.Image ?? "");
  const query = {
    name: args.string("name") || undefined,
    platform: platformOf(args.string("platform") || env.DOCKER_DEFAULT_PLATFORM),
  };
  const create = () => client.json<ContainerCreateReply>("POST", "/containers/create", { query, json: body });
  const pull = async () => {
    if (!reference) throw invalid("an image named by its id cannot be pulled");
    const { pullImage } = await import("./pull.ts");
    // The progress goes to standard error, so that standard output stays the container's.
    const progress = args.boolean("quiet") ? undefined : err;
    await pullImage(context, reference, config, { platform: query.platform, progress });
  };
  if (args.string("pull") === "always") await pull();
  try {
    return await create();
  } catch (error) {
    const missing = error instanceof ApiError && error.status === 404;
    if (!missing || !reference || args.string("pull") !== "missing") throw error;
    if (!args.boolean("quiet")) err.write(`Unable to find image '${familiar(reference)}' locally\n`);
    await pull();
    return await create();
  }
}

/** The image's name with its tag; undefined when it is an id, which no registry knows. @throws invalid */
function imageReference(image: string): Reference | undefined {
  if (/^(?:sha256:)?[a-f0-9]{64}$/.test(image)) return undefined;
  return withDefaultTag(parseReference(image));
}

function platformOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    return formatPlatform(parsePlatform(text));
  } catch (error) {
    throw invalid(`error parsing specified platform: ${messageOf(error)}`);
  }
}
