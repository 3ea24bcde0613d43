import { conflict, invalid, notFound } from "../core/index.ts";
import type { State } from "../state/index.ts";
import { Container } from "./container.ts";
import type { ContainerRecord } from "./record.ts";

/** All containers, in memory and in the state. */
export class ContainerStore {
  readonly #byId = new Map<string, Container>();
  readonly #byName = new Map<string, Container>();

  constructor(private readonly state: State) {
    for (const row of state.containers.all()) {
      this.#index(new Container(JSON.parse(row.record) as ContainerRecord));
    }
  }

  all(): Container[] {
    return [...this.#byId.values()];
  }

  get(id: string): Container | undefined {
    return this.#byId.get(id);
  }

  /** By id, name (with or without the slash) or unique id prefix, in Docker's order. @throws notFound, invalid */
  resolve(reference: string): Container {
    const name = reference.startsWith("/") ? reference.slice(1) : reference;
    const exact = this.#byId.get(reference) ?? this.#byName.get(name);
    if (exact) return exact;
    const matches = /^[0-9a-f]{1,63}$/.test(reference)
      ? [...this.#byId.keys()].filter((id) => id.startsWith(reference))
      : [];
    if (matches.length > 1) throw invalid(`multiple IDs found with provided prefix: ${reference}`);
    const found = matches[0] === undefined ? undefined : this.#byId.get(matches[0]);
    if (!found) throw notFound(`No such container: ${reference}`);
    return found;
  }

  /** Stores a new container. @throws conflict when its name is taken */
  add(container: Container): void {
    this.assertNameFree(container.record.name);
    this.save(container);
    this.#index(container);
  }

  /** @throws conflict in Docker's words */
  assertNameFree(name: string): void {
    const holder = this.#byName.get(name);
    if (!holder) return;
    throw conflict(
      `Conflict. The container name "/${name}" is already in use by container "${holder.id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }

  /** Ids of containers that mount a volume, running or not. */
  usersOfVolume(volume: string): string[] {
    return this.all()
      .filter(({ record }) => record.mounts.some(({ Name }) => Name === volume))
      .map(({ id }) => id);
  }

  isNameFree(name: string): boolean {
    return !this.#byName.has(name);
  }

  rename(container: Container, name: string): void {
    this.assertNameFree(name);
    this.#byName.delete(container.record.name);
    container.record.name = name;
    this.#byName.set(name, container);
    this.save(container);
  }

  save(container: Container): void {
    const { record } = container;
    this.state.containers.put({
      id: record.id,
      name: record.name,
      imageId: record.imageId,
      record: JSON.stringify(record),
    });
  }

  remove(container: Container): void {
    this.state.containers.delete(container.id);
    this.#byId.delete(container.id);
    this.#byName.delete(container.record.name);
  }

  #index(container: Container): void {
    this.#byId.set(container.id, container);
    this.#byName.set(container.record.name, container);
  }
}
