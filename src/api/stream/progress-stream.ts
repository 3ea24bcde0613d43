import { messageOf, progressBar } from "../../core/index.ts";
import type { ProgressMessage } from "../../spec/index.ts";
import type { BodyStream } from "../http/body-stream.ts";
import type { Reply } from "../http/reply.ts";

/** Above this, updates of progress bars are left out: the next one says the same better. */
const SKIP_UPDATES_ABOVE = 1024 * 1024;
/** A client that lets this much pile up does not read; progress has no other way to hold its writer back. */
const GIVE_UP_ABOVE = 32 * 1024 * 1024;
/** Milliseconds between two updates of one bar: a fast pull has thousands, which nobody can see. */
const UPDATE_INTERVAL = 100;
/** Docker's bar, in the field `progress` that older clients print. */
const BAR_WIDTH = 50;

/**
 * A progress stream: one JSON object a line. The head leaves with the first message, so that a failure before it is
 * still a status; later failures are a last line.
 */
export class ProgressStream {
  readonly #reply: Reply;
  #stream: BodyStream | undefined;
  /** The last update of each bar that was sent. */
  readonly #bars = new Map<string, { status: string | undefined; at: number }>();

  constructor(
    reply: Reply,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#reply = reply;
  }

  /** To be handed to whoever reports progress. */
  readonly send = (message: ProgressMessage): void => {
    if (this.#tooSoon(message)) return;
    this.#stream ??= this.#reply.stream("application/json");
    const { pending } = this.#stream;
    if (pending > GIVE_UP_ABOVE) this.#reply.abort();
    else if (pending <= SKIP_UPDATES_ABOVE || message.progressDetail === undefined) {
      this.#stream.push(Buffer.from(`${JSON.stringify(withBar(message))}\r\n`));
    }
  };

  /** True for a bar that moved since it was last sent, but only just. Its whole length is always worth sending. */
  #tooSoon({ id, status, progressDetail }: ProgressMessage): boolean {
    if (id === undefined) return false;
    const { current, total } = progressDetail ?? {};
    if (current === undefined || current === total) {
      this.#bars.delete(id);
      return false;
    }
    const last = this.#bars.get(id);
    const at = this.now();
    if (last && last.status === status && at - last.at < UPDATE_INTERVAL) return true;
    this.#bars.set(id, { status, at });
    return false;
  }

  /** Ends the stream with an error. Rethrows it when nothing was sent yet. */
  fail(error: unknown): void {
    if (!this.#stream) throw error;
    const message = messageOf(error);
    const code = exitCodeOf(error);
    this.send({ errorDetail: { ...(code !== undefined && { code }), message }, error: message });
    this.end();
  }

  end(): void {
    this.#stream ??= this.#reply.stream("application/json");
    this.#stream.end();
  }
}

function withBar(message: ProgressMessage): ProgressMessage {
  const { current = 0, total = 0 } = message.progressDetail ?? {};
  if (message.progress !== undefined || current <= 0) return message;
  return { ...message, progress: progressBar(current, total, BAR_WIDTH) };
}

/** The exit code of the program whose failure an error tells of: a client exits with it in turn. */
function exitCodeOf(error: unknown): number | undefined {
  const code = (error as { exitCode?: unknown } | null)?.exitCode;
  return typeof code === "number" ? code : undefined;
}
