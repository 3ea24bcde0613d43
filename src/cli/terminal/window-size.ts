import type { ApiClient } from "../../client/index.ts";
import type { CommandContext } from "../command.ts";
import { type TerminalSize, terminalSize } from "./size.ts";

const ATTEMPTS = 10;
const FIRST_WAIT = 10;

/**
 * Keeps the size of a container's terminal like ours: now, and at every change. `path` is the resource, e.g.
 * `/containers/ID` or `/exec/ID`. With `redraw` a size that is one off is sent first, which makes
 * programs that fill the screen draw themselves again. Answers what ends that. Failures are no reason to stop working.
 */
export function followWindowSize(context: CommandContext, path: string, { redraw = false } = {}): () => void {
  const { client, out } = context;
  if (!out.isTerminal) return () => undefined;
  const stream = context.stdout;
  const size = () => terminalSize(out, () => stream);
  const send = () => resize(client, path, size());
  void begin();
  const changed = () => void send().catch(() => undefined);
  stream.on("resize", changed);
  return () => stream.off("resize", changed);

  async function begin(): Promise<void> {
    const now = size();
    if (redraw && now) {
      const oneOff = { rows: now.rows + 1, columns: now.columns + 1 };
      await resize(client, path, oneOff).catch(() => undefined);
    }
    // The process may not have its terminal yet when the first size is sent.
    await retry(send);
  }
}

async function resize(client: ApiClient, path: string, size: TerminalSize | undefined): Promise<void> {
  if (size) await client.text("POST", `${path}/resize`, { query: { h: size.rows, w: size.columns } });
}

async function retry(send: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await send();
    } catch {
      await Bun.sleep(FIRST_WAIT * attempt);
    }
  }
}
