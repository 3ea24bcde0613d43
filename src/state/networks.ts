import type { Database } from "bun:sqlite";

export interface NetworkRow {
  readonly id: string;
  readonly name: string;
  /** The network room's own record, as JSON. */
  readonly record: string;
}

export interface EndpointRow {
  readonly id: string;
  readonly networkId: string;
  readonly containerId: string;
  /** Null in networks without addresses; otherwise no two endpoints of a network share one. */
  readonly address: string | null;
  /** The network room's own record, as JSON. */
  readonly record: string;
}

/** Networks and the containers' places in them, as rows; what is in a record is the network room's business. */
export class NetworksTable {
  readonly #put;
  readonly #delete;
  readonly #all;
  readonly #insertEndpoint;
  readonly #updateEndpoint;
  readonly #deleteEndpoint;
  readonly #endpoints;

  constructor(db: Database) {
    this.#put = db.query<void, [string, string, string]>(
      `INSERT INTO network (id, name, record) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, record = excluded.record`,
    );
    this.#delete = db.query<void, [string]>("DELETE FROM network WHERE id = ?");
    this.#all = db.query<NetworkRow, []>("SELECT id, name, record FROM network ORDER BY rowid");
    this.#insertEndpoint = db.query<void, [string, string, string, string | null, string]>(
      "INSERT INTO endpoint (id, network_id, container_id, address, record) VALUES (?, ?, ?, ?, ?)",
    );
    this.#updateEndpoint = db.query<void, [string, string]>("UPDATE endpoint SET record = ? WHERE id = ?");
    this.#deleteEndpoint = db.query<void, [string]>("DELETE FROM endpoint WHERE id = ?");
    this.#endpoints = db.query<EndpointRow, []>(
      `SELECT id, network_id AS networkId, container_id AS containerId, address, record
       FROM endpoint ORDER BY rowid`,
    );
  }

  /** Inserts or replaces. A name that another network has breaks the row's UNIQUE rule and throws. */
  put(row: NetworkRow): void {
    this.#put.run(row.id, row.name, row.record);
  }

  /** Throws while the network has endpoints. */
  delete(id: string): void {
    this.#delete.run(id);
  }

  /** Oldest first. */
  all(): NetworkRow[] {
    return this.#all.all();
  }

  /** An address that is taken breaks the row's UNIQUE rule and throws. */
  insertEndpoint(row: EndpointRow): void {
    this.#insertEndpoint.run(row.id, row.networkId, row.containerId, row.address, row.record);
  }

  updateEndpoint(id: string, record: string): void {
    this.#updateEndpoint.run(record, id);
  }

  /** Missing is fine. */
  deleteEndpoint(id: string): void {
    this.#deleteEndpoint.run(id);
  }

  /** Oldest first. */
  endpoints(): EndpointRow[] {
    return this.#endpoints.all();
  }
}
