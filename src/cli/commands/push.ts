import { canonical, familiarName } from "../../core/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { NOBODY } from "../credentials/credentials.ts";
import { registryAuth } from "../credentials/request-auth.ts";
import { platformQuery } from "../platform-query.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { followProgress, MessageProgress } from "../terminal/message-progress.ts";
import { namedTags } from "./pull.ts";

/** `berth push`. */
export async function run(context: CommandContext): Promise<number> {
  const { args, client, out, err, configDirectory } = context;
  const quiet = args.boolean("quiet");
  const reference = namedTags(context, quiet);
  const config = readClientConfig(configDirectory);
  const messages = client.lines("POST", `/images/${pathName(familiarName(reference))}/push`, {
    query: { tag: reference.tag, platform: platformQuery(args.string("platform")) },
    // The endpoint wants to be told who we are, even if we are nobody.
    headers: { "X-Registry-Auth": NOBODY, ...(await registryAuth(config, reference.domain, err)) },
  });
  await followProgress(messages, quiet ? undefined : new MessageProgress(out));
  if (quiet) out.write(`${canonical(reference)}\n`);
  return 0;
}
