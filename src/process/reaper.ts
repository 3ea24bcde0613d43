import { messageOf } from "../core/index.ts";

export interface ReaperJob {
  readonly id: number;
  readonly kind: string;
  readonly payload: string;
}

/** Where the reaper writes its jobs down so that they survive the process. */
export interface ReaperJournal {
  add(kind: string, payload: string): number;
  remove(id: number): void;
  list(): ReaperJob[];
}

type Handler = (payload: string) => void | Promise<void>;

/**
 * Slow clean-up, done after the reply. A job is written to the journal before `enqueue` returns and struck out when
 * its handler has finished, so a killed daemon does it at its next start: handlers must bear being run twice.
 * Jobs run one after the other; one that fails is logged and tried again at the next start.
 */
export class Reaper {
  readonly #handlers = new Map<string, Handler>();
  readonly #queue: ReaperJob[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly journal: ReaperJournal,
    private readonly log: (message: string) => void,
  ) {}

  handle(kind: string, handler: Handler): void {
    this.#handlers.set(kind, handler);
  }

  /** Takes up what an earlier process left. Call once, after every `handle`. */
  replay(): void {
    this.#queue.push(...this.journal.list());
    this.#wake();
  }

  enqueue(kind: string, payload: string): void {
    this.#queue.push({ id: this.journal.add(kind, payload), kind, payload });
    this.#wake();
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Finishes the job at hand; the others stay in the journal. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.idle();
  }

  #wake(): void {
    if (this.#closed) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0) this.#wake();
    });
  }

  async #run(): Promise<void> {
    // The caller's reply goes first.
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (let job = this.#queue.shift(); job && !this.#closed; job = this.#queue.shift()) {
      try {
        const handler = this.#handlers.get(job.kind);
        if (!handler) throw new Error(`nothing handles ${job.kind}`);
        await handler(job.payload);
        this.journal.remove(job.id);
      } catch (error) {
        this.log(`clean-up ${job.kind} ${job.payload} failed: ${messageOf(error)}`);
      }
    }
  }
}
