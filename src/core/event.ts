/** What can happen, as the Docker API's event stream names it. */
export type EventType = "container" | "image" | "network" | "volume" | "builder" | "daemon";

export interface EngineEvent {
  readonly type: EventType;
  /** e.g. `create`, `start`, `die`, `exec_create: sh`, `pull`, `tag`, `connect`. */
  readonly action: string;
  /** Identifier (or image name) of the thing. */
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch. */
  readonly timeNano: bigint;
}
