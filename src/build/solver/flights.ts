import { type Digest, unavailable } from "../../core/index.ts";
import type { StepOutput } from "./op.ts";

/** Output of running work kept for those who join it late; what comes after this much is not kept. */
const KEPT_OUTPUT = 1 << 20;

/** What someone who waits for work hears of it. */
export interface FlightListener {
  /** The work itself has begun, under this name, after whatever it checked first. */
  begun(id: string): void;
  output(piece: StepOutput): void;
}

export type FlightWork<Value> = (environment: FlightListener & { signal: AbortSignal }) => Promise<Value>;

interface Flight<Value> {
  readonly controller: AbortController;
  readonly value: Promise<Value>;
  readonly listeners: Set<FlightListener>;
  readonly kept: StepOutput[];
  begun: string | undefined;
}

export function interrupted() {
  return unavailable("the build was cancelled");
}

/**
 * Work in progress by key: whoever asks for a key that is being worked on waits for that work instead of doing it
 * again, and hears its output. The work is aborted when the last one waiting has gone.
 */
export class Flights<Value> {
  readonly #flights = new Map<Digest, Flight<Value>>();

  /**
   * The value of `work`, begun now or by someone before.
   * @throws what the work throws; unavailable when `signal` ends the waiting
   */
  async join(
    key: Digest,
    signal: AbortSignal,
    listener: FlightListener,
    work: FlightWork<Value>,
  ): Promise<Value> {
    if (signal.aborted) throw interrupted();
    const running = this.#flights.get(key);
    const joins = running !== undefined && !running.controller.signal.aborted;
    const flight = joins ? running : this.#start(key, work);
    if (flight.begun !== undefined) listener.begun(flight.begun);
    for (const piece of flight.kept) listener.output(piece);
    flight.listeners.add(listener);
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        flight.listeners.delete(listener);
        if (flight.listeners.size === 0) flight.controller.abort();
        reject(interrupted());
      };
    });
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([flight.value, left]);
    } catch (error) {
      // Those who joined go at once. Whoever began the work stays until it has ended, for it works with his files; so
      // does the last to leave, until it has cleaned up behind itself.
      if (!joins || flight.listeners.size === 0) await Promise.allSettled([flight.value]);
      throw error;
    } finally {
      signal.removeEventListener("abort", leave);
      flight.listeners.delete(listener);
    }
  }

  #start(key: Digest, work: FlightWork<Value>): Flight<Value> {
    const controller = new AbortController();
    const listeners = new Set<FlightListener>();
    const kept: StepOutput[] = [];
    let size = 0;
    const begun = (id: string) => {
      flight.begun = id;
      for (const listener of listeners) listener.begun(id);
    };
    const output = (piece: StepOutput) => {
      size += piece.data.byteLength;
      if (size <= KEPT_OUTPUT) kept.push(piece);
      for (const listener of listeners) listener.output(piece);
    };
    // Begins in a turn of its own, when the flight is known and listened to.
    const value = Promise.resolve()
      .then(() => work({ signal: controller.signal, begun, output }))
      .finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      });
    value.catch(() => {});
    const flight: Flight<Value> = { controller, value, listeners, kept, begun: undefined };
    this.#flights.set(key, flight);
    return flight;
  }
}
