import { availableParallelism } from "node:os";
import { internal } from "../core/index.ts";
import type { ChunkReply, ChunkRequest } from "./compress-worker.ts";

/** More threads than this would only wait for the disk. */
const MOST_WORKERS = 4;
/** Requests a worker is given at once: it compresses one while the answer to the other is taken. */
const QUEUE_LENGTH = 2;

// An executable has the modules it was made of in a file system of its own, with the entry points' folders kept
// and everything else at its root.
const WORKER = new URL(
  import.meta.url.startsWith("file:///$bunfs/") ? "./image/compress-worker.ts" : "./compress-worker.ts",
  import.meta.url,
);

interface Job {
  readonly request: ChunkRequest;
  readonly settle: (reply: ChunkReply) => void;
}

/** Threads that compress, shared by all who do so at the moment. They are ended when the last one is done. */
class CompressPool {
  readonly #lanes: { readonly worker: Worker; readonly jobs: Job[] }[] = [];
  readonly #waiting: Job[] = [];
  users = 0;

  /** Compresses one chunk. @throws internal */
  async compress(request: ChunkRequest): Promise<Uint8Array<ArrayBuffer>> {
    const reply = await new Promise<ChunkReply>((settle) => {
      this.#waiting.push({ request, settle });
      this.#assign();
    });
    if ("error" in reply) throw internal(`cannot compress: ${reply.error}`);
    return reply.member;
  }

  end(): void {
    for (const { worker } of this.#lanes.splice(0)) worker.terminate();
  }

  #assign(): void {
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      const lane = this.#freest();
      if (!lane) return;
      this.#waiting.shift();
      lane.jobs.push(job);
      lane.worker.postMessage(job.request);
    }
  }

  #freest() {
    const idle = this.#lanes.find(({ jobs }) => jobs.length === 0);
    if (idle) return idle;
    if (this.#lanes.length < workerCount()) return this.#open();
    return this.#lanes.find(({ jobs }) => jobs.length < QUEUE_LENGTH);
  }

  #open() {
    const lane = { worker: new Worker(WORKER), jobs: [] as Job[] };
    lane.worker.onmessage = ({ data }: MessageEvent<ChunkReply>) => {
      lane.jobs.shift()?.settle(data);
      this.#assign();
    };
    // It never answers again: whoever waits for it is told, and the next request gets a new one.
    lane.worker.onerror = ({ message }) => {
      this.#lanes.splice(this.#lanes.indexOf(lane), 1);
      lane.worker.terminate();
      for (const { settle } of lane.jobs.splice(0)) settle({ error: message });
      this.#assign();
    };
    this.#lanes.push(lane);
    return lane;
  }
}

function workerCount(): number {
  return Math.min(availableParallelism(), MOST_WORKERS);
}

let shared: CompressPool | undefined;

export interface CompressThreads extends Disposable {
  compress(request: ChunkRequest): Promise<Uint8Array<ArrayBuffer>>;
  /** As many requests under way keep every thread busy. */
  readonly depth: number;
}

/** The right to use the threads until it is disposed of. */
export function borrowThreads(): CompressThreads {
  shared ??= new CompressPool();
  const pool = shared;
  pool.users++;
  return {
    compress: (request) => pool.compress(request),
    depth: workerCount() * QUEUE_LENGTH,
    [Symbol.dispose]() {
      if (--pool.users > 0) return;
      pool.end();
      shared = undefined;
    },
  };
}
