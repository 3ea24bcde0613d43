import { conflict } from "../core/index.ts";
import { readLog } from "../log/index.ts";
import type { Attachment, OutputFrame } from "../runtime/index.ts";
import type { Container, PendingAttachment } from "./container.ts";
import { bundleOf, type ContainerContext, logOf } from "./parts.ts";

export interface AttachOptions {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  logs: boolean;
  stream: boolean;
}

/** An attachment whose other end may not be there yet: input and output wait for the container's start. */
class LateAttachment implements Attachment {
  readonly output: AsyncIterable<OutputFrame>;
  readonly #options: AttachOptions;
  readonly #before: AsyncIterable<OutputFrame> | undefined;

  constructor(
    readonly tty: boolean,
    private readonly real: Promise<Attachment | undefined>,
    options: AttachOptions,
    before: AsyncIterable<OutputFrame> | undefined,
    private readonly onClose: () => void,
  ) {
    this.#options = options;
    this.#before = before;
    this.output = this.#frames();
  }

  async *#frames(): AsyncGenerator<OutputFrame> {
    const { stdout, stderr } = this.#options;
    if (this.#before) yield* this.#before;
    const attachment = await this.real;
    if (!attachment) return;
    if (stdout && stderr) {
      yield* attachment.output;
      return;
    }
    const wanted = stdout ? "stdout" : stderr ? "stderr" : undefined;
    for await (const frame of attachment.output) if (frame.stream === wanted) yield frame;
  }

  async write(data: Uint8Array): Promise<void> {
    if (this.#options.stdin) await (await this.real)?.write(data);
  }

  closeInput(): void {
    if (this.#options.stdin) void this.real.then((attachment) => attachment?.closeInput());
  }

  close(): void {
    this.onClose();
    void this.real.then((attachment) => attachment?.close());
  }
}

/** Joins a client to a container's standard streams, now or at its start. @throws conflict when it is paused */
export async function attachTo(
  context: ContainerContext,
  container: Container,
  options: AttachOptions,
): Promise<Attachment> {
  const { id, config, state } = container.record;
  if (state.status === "paused") {
    throw conflict(`container ${id} is paused, unpause the container before attach`);
  }
  const before = options.logs ? logFrames(context, container, options) : undefined;
  if (!options.stream)
    return new LateAttachment(config.Tty, Promise.resolve(undefined), options, before, () => {});
  if (container.alive) {
    const attachment = await context.runtime.attach(id, bundleOf(context, id), {
      tty: config.Tty,
      stdin: options.stdin && config.OpenStdin,
    });
    return new LateAttachment(config.Tty, Promise.resolve(attachment), options, before, () => {});
  }
  const { promise, resolve } = Promise.withResolvers<Attachment | undefined>();
  const pending: PendingAttachment = { join: resolve, abandon: () => resolve(undefined) };
  container.pending.add(pending);
  return new LateAttachment(config.Tty, promise, options, before, () => {
    if (container.pending.delete(pending)) resolve(undefined);
  });
}

async function* logFrames(
  context: ContainerContext,
  container: Container,
  options: AttachOptions,
): AsyncGenerator<OutputFrame> {
  const { stdout, stderr } = options;
  for await (const record of readLog(logOf(context, container.id), { stdout, stderr })) {
    yield { stream: record.stream, data: record.data };
  }
}
