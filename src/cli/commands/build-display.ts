import { humanSize } from "../../core/index.ts";
import type { ProgressMessage } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { BuildView } from "../terminal/build-view.ts";
import { MessageProgress } from "../terminal/message-progress.ts";
import { UsageError } from "../usage-error.ts";

/** How a build tells what it does. */
export interface BuildDisplay {
  /** How much of the context is on its way, and whether that was all. */
  sent(bytes: number, all: boolean): void;
  message(message: ProgressMessage): void;
  finish(outcome: "done" | "failed"): void;
}

const STYLES = ["auto", "plain", "tty", "quiet", "rawjson"];

/** The display that `--progress`, `BUILDKIT_PROGRESS` and the kind of our output ask for. @throws UsageError */
export function chooseDisplay(context: CommandContext): BuildDisplay {
  const { args, env, out } = context;
  const style = args.given("progress") ? args.string("progress") : env.BUILDKIT_PROGRESS;
  if (style && !STYLES.includes(style)) {
    throw new UsageError(
      `invalid progress type ${JSON.stringify(style)}: must be one of ${STYLES.join(", ")}`,
      1,
    );
  }
  if (args.boolean("quiet") || style === "quiet") return quiet(context);
  if (style === "rawjson") return rawJson(context);
  const live = out.isTerminal && style !== "plain";
  return live ? liveDisplay(context) : plain(context);
}

/** The engine's own lines. */
function plain({ out }: CommandContext): BuildDisplay {
  const progress = new MessageProgress(out);
  return {
    sent: (bytes, all) => {
      if (all) out.write(`Sending build context to the daemon  ${humanSize(bytes)}\n`);
    },
    message: (message) => progress.show(message),
    finish: () => progress.finish(),
  };
}

function liveDisplay({ out, env }: CommandContext): BuildDisplay {
  const view = new BuildView(out, env);
  return {
    sent: (bytes) => view.status(`sending context ${humanSize(bytes)}`),
    message: ({ stream, status, id }) => {
      if (stream !== undefined) view.push(stream);
      else if (status) view.status(id ? `${id}: ${status}` : status);
    },
    finish: (outcome) => view.finish(outcome),
  };
}

function rawJson({ out }: CommandContext): BuildDisplay {
  return {
    sent: () => undefined,
    message: (message) => out.write(`${JSON.stringify(message)}\n`),
    finish: () => undefined,
  };
}

/** Nothing but the image's id, which the engine sends last; everything, where the build fails. */
function quiet({ out, err }: CommandContext): BuildDisplay {
  let text = "";
  return {
    sent: () => undefined,
    message: ({ stream }) => {
      text += stream ?? "";
    },
    finish: (outcome) => (outcome === "done" ? out : err).write(text),
  };
}
