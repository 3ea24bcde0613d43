import { messageOf } from "../core/index.ts";
import { forgetUdpFlows, Nftables, NftMaps } from "../kernel/index.ts";
import { keyOf, type MapElement, mapChange, tableOf, tableScript } from "./firewall-rules.ts";
import { misdirected } from "./flows.ts";
import { IptablesForward } from "./iptables-forward.ts";

const TIDY_DELAY_MS = 50;

export interface FirewallOptions {
  readonly bridge: string;
  readonly subnet: () => string;
  /** Every element that should be there: asked when the table has to be made anew. */
  readonly wanted: () => MapElement[];
  readonly log: (message: string) => void;
}

/**
 * The engine's nftables table. Elements are added at once; those of ports that are free again are deleted a moment
 * later and together, so that no client waits for it.
 */
export class Firewall {
  readonly #nft = new Nftables();
  readonly #maps: NftMaps;
  readonly #table: string;
  readonly #iptables: IptablesForward;
  readonly #stale = new Map<string, MapElement>();
  /** Elements of UDP ports that came or went since flows were last forgotten. */
  readonly #changedUdp: MapElement[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** @throws unavailable when libnftables is missing */
  constructor(private readonly options: FirewallOptions) {
    this.#table = tableOf(options.bridge);
    this.#maps = new NftMaps(this.#table);
    this.#iptables = new IptablesForward(this.#nft, options.bridge, options.log);
  }

  /** Makes the table, or makes it right again. @throws NftError */
  rebuild(): void {
    const { bridge, subnet, wanted } = this.options;
    this.#nft.run(`set up table ${this.#table}`, tableScript(this.#table, bridge, subnet(), wanted()));
    this.#stale.clear();
    this.#iptables.open();
  }

  /** @throws NftError */
  add(elements: readonly MapElement[]): void {
    this.#noteChange(elements);
    if (elements.length === 0) return;
    const replaced = elements.filter((element) => this.#stale.delete(keyOf(element)));
    try {
      this.#maps.change("publish ports", [
        ...replaced.map((element) => mapChange("delete", element)),
        ...elements.map((element) => mapChange("add", element)),
      ]);
    } catch (error) {
      // A restart of the host's firewall service flushes every table: `wanted` already names these elements.
      this.options.log(`${messageOf(error)}; making table ${this.#table} anew`);
      this.rebuild();
    }
  }

  removeLater(elements: readonly MapElement[]): void {
    for (const element of elements) this.#stale.set(keyOf(element), element);
    this.#noteChange(elements);
  }

  /** Does now what was put off. */
  tidy(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#withdraw();
    this.#iptables.open();
    this.#forgetFlows();
  }

  /** Leaves the table as it is. */
  close(): void {
    if (this.#closed) return;
    this.tidy();
    this.#closed = true;
    this.#maps[Symbol.dispose]();
    this.#nft[Symbol.dispose]();
  }

  /** Removes the table and every rule made elsewhere. */
  destroy(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stale.clear();
    this.#iptables.close();
    this.#nft.run(
      `remove table ${this.#table}`,
      `add table inet ${this.#table}\ndelete table inet ${this.#table}`,
    );
    this.#maps[Symbol.dispose]();
    this.#nft[Symbol.dispose]();
  }

  #withdraw(): void {
    if (this.#stale.size === 0) return;
    const changes = [...this.#stale.values()].map((element) => mapChange("delete", element));
    this.#stale.clear();
    try {
      this.#maps.change("withdraw ports", changes);
    } catch (error) {
      this.options.log(`${messageOf(error)}; making table ${this.#table} anew`);
      this.#logged(() => this.rebuild());
    }
  }

  #forgetFlows(): void {
    const changed = this.#changedUdp.splice(0);
    if (changed.length === 0) return;
    const { subnet, wanted } = this.options;
    this.#logged(() => forgetUdpFlows(misdirected(subnet(), changed, wanted())));
  }

  #logged(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.options.log(messageOf(error));
    }
  }

  #noteChange(elements: readonly MapElement[]): void {
    this.#changedUdp.push(...elements.filter((element) => element.protocol === "udp"));
    this.#scheduleTidy();
  }

  #scheduleTidy(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.tidy(), TIDY_DELAY_MS);
    this.#timer.unref();
  }
}
