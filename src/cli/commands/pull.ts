import {
  canonical,
  familiarName,
  invalid,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../../core/index.ts";
import { requireBerth } from "../berth-only.ts";
import type { CommandContext, Output } from "../command.ts";
import { registryAuth } from "../credentials/request-auth.ts";
import { type ClientConfig, readClientConfig } from "../run-options/client-config.ts";
import { followProgress, MessageProgress } from "../terminal/message-progress.ts";

/** `berth pull`. */
export async function run(context: CommandContext): Promise<number> {
  const { args, out, env, client, configDirectory } = context;
  const quiet = args.boolean("quiet");
  const reference = namedTags(context, quiet);
  const allPlatforms = args.boolean("all-platforms");
  if (allPlatforms && args.string("platform")) {
    throw invalid("conflicting options: cannot specify both --platform and --all-platforms");
  }
  if (allPlatforms) await requireBerth(client, "pull --all-platforms");
  const platform = allPlatforms ? undefined : args.string("platform") || env.DOCKER_DEFAULT_PLATFORM;
  await pullImage(context, reference, readClientConfig(configDirectory), {
    platform,
    allPlatforms,
    progress: quiet ? undefined : out,
  });
  out.write(`${canonical(reference)}\n`);
  return 0;
}

/** What the name and `--all-tags` mean together: without a tag, all of them or `latest`. @throws invalid */
export function namedTags({ args, out }: CommandContext, quiet: boolean): Reference {
  const reference = parseReference(args.positional[0] ?? "");
  const bare = reference.tag === undefined && reference.digest === undefined;
  if (args.boolean("all-tags")) {
    if (!bare) throw invalid("tag can't be used with --all-tags/-a");
    return reference;
  }
  if (bare && !quiet) out.write("Using default tag: latest\n");
  return withDefaultTag(reference);
}

export interface PullOptions {
  readonly platform: string | undefined;
  readonly allPlatforms?: boolean;
  /** Where the progress is shown; nowhere when absent. */
  readonly progress: Output | undefined;
}

/** Has the engine fetch an image; every tag of it where the reference has none. */
export async function pullImage(
  { client, err }: CommandContext,
  reference: Reference,
  config: ClientConfig,
  options: PullOptions,
): Promise<void> {
  const messages = client.lines("POST", "/images/create", {
    query: {
      fromImage: familiarName(reference),
      tag: reference.digest ?? reference.tag,
      platform: options.platform?.toLowerCase(),
      "all-platforms": options.allPlatforms || undefined,
    },
    headers: await registryAuth(config, reference.domain, err),
  });
  await followProgress(messages, options.progress && new MessageProgress(options.progress));
}
