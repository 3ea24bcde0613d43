import { attribute, text } from "./rtnetlink-message.ts";
import { type NetlinkRequest, NetlinkSocket } from "./rtnetlink-socket.ts";

/** Numbers of linux/netfilter/nfnetlink.h and nf_tables.h. */
const NETLINK_NETFILTER = 12;
const SUBSYSTEM = 10;
const BATCH = { BEGIN: 0x10, END: 0x11 };
const MESSAGE = { add: (SUBSYSTEM << 8) | 12, delete: (SUBSYSTEM << 8) | 14 };
const NFPROTO_INET = 1;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NESTED = 0x8000;
const LIST = { TABLE: 1, SET: 2, ELEMENTS: 3 };
const LIST_ELEM = 1;
const ELEM = { KEY: 1, DATA: 2 };
const DATA_VALUE = 1;

/** One element to add or delete. Fields of a concatenation are padded to four bytes each, in network byte order. */
export interface MapChange {
  readonly verb: "add" | "delete";
  readonly map: string;
  readonly key: Uint8Array;
  /** Of an element to add. */
  readonly value?: Uint8Array;
}

/** `struct nfgenmsg`; the resource is in network byte order. */
function header(family: number, resource: number): Buffer {
  return Buffer.from([family, 0, resource >> 8, resource & 255]);
}

const data = (type: number, value: Uint8Array) => attribute(type | NESTED, attribute(DATA_VALUE, value));

/**
 * Changes elements of an `inet` table's maps by messages of our own. libnftables would first read every table, chain
 * and set of the host, which takes milliseconds and grows with other people's rules.
 */
export class NftMaps implements Disposable {
  readonly #socket = new NetlinkSocket(NETLINK_NETFILTER);

  /** @param table the name alone, without family */
  constructor(private readonly table: string) {}

  /** All of it happens or nothing. @throws KernelError ENOENT when table, map or element is missing, EEXIST */
  change(what: string, changes: readonly MapChange[]): void {
    if (changes.length === 0) return;
    const mark = header(0, SUBSYSTEM);
    this.#socket.transaction(
      what,
      { type: BATCH.BEGIN, body: mark },
      changes.map((change) => this.#request(change)),
      { type: BATCH.END, body: mark },
    );
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #request({ verb, map, key, value }: MapChange): NetlinkRequest {
    const parts = value ? [data(ELEM.KEY, key), data(ELEM.DATA, value)] : [data(ELEM.KEY, key)];
    return {
      type: MESSAGE[verb],
      flags: verb === "add" ? NLM_F_CREATE | NLM_F_EXCL : 0,
      body: Buffer.concat([
        header(NFPROTO_INET, 0),
        attribute(LIST.TABLE, text(this.table)),
        attribute(LIST.SET, text(map)),
        attribute(LIST.ELEMENTS | NESTED, attribute(LIST_ELEM | NESTED, ...parts)),
      ]),
    };
  }
}
