import { familiarName, invalid, type Reference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { type ClientConfig, registryAuth } from "../run-options/client-config.ts";
import { MessageProgress } from "../terminal/message-progress.ts";

/** Has the engine fetch an image; the progress goes to standard error, so that standard output stays clean. */
export async function pullImage(
  { client, err }: CommandContext,
  reference: Reference | undefined,
  config: ClientConfig,
  options: { platform: string | undefined; quiet: boolean },
): Promise<void> {
  if (!reference) throw invalid("an image named by its id cannot be pulled");
  const auth = registryAuth(config, reference.domain);
  const progress = options.quiet ? undefined : new MessageProgress(err);
  try {
    const messages = client.lines("POST", "/images/create", {
      query: {
        fromImage: familiarName(reference),
        tag: reference.digest ?? reference.tag,
        platform: options.platform,
      },
      ...(auth && { headers: { "X-Registry-Auth": auth } }),
    });
    for await (const message of messages) {
      if (message.error !== undefined) throw new Error(message.errorDetail?.message ?? message.error);
      progress?.show(message);
    }
  } finally {
    progress?.finish();
  }
}
