import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { conflict, unavailable } from "../core/index.ts";
import { inNetns, KernelError, Rtnetlink } from "../kernel/index.ts";
import { macOf, parseIpv4 } from "./ipv4.ts";

export const MTU = 1500;
const CONTAINER_INTERFACE = "eth0";

export interface BridgeAddress {
  readonly gateway: string;
  readonly prefixLength: number;
}

export interface Attachment {
  readonly netnsPath: string;
  readonly hostInterface: string;
  readonly macAddress: string;
  readonly address: string;
}

/** A Linux bridge and the veth pairs that join namespaces to it. */
export class Bridge implements Disposable {
  readonly #links = new Rtnetlink();
  #index = 0;

  constructor(
    readonly name: string,
    private readonly address: () => BridgeAddress,
  ) {}

  /** Makes the bridge, or makes it right again. @throws conflict when another kind of link has its name */
  ensure(): void {
    const { gateway, prefixLength } = this.address();
    let link = this.#links.link(this.name);
    if (!link) {
      // With an address of its own the bridge does not take on its ports', which come and go.
      this.#links.createBridge(this.name, macOf(parseIpv4(gateway) ?? 0), MTU);
      link = this.#links.link(this.name);
    }
    if (link?.kind !== "bridge") {
      throw conflict(`${this.name} is there already and is not a bridge: choose another name with --bridge`);
    }
    this.#index = link.index;
    this.#links.configure(this.name, gateway, prefixLength);
    writeSysctl("net/ipv4/ip_forward", "1");
    // Lets a connection from 127.0.0.1 leave through the bridge once its destination is a container.
    writeSysctl(`net/ipv4/conf/${this.name}/route_localnet`, "1");
  }

  /**
   * Joins a namespace: a veth pair born in place, then address, state and route. When it fails nothing stays.
   * @throws KernelError
   */
  attach(attachment: Attachment): void {
    try {
      this.#createVeth(attachment);
      using inside = inNetns(attachment.netnsPath, () => {
        // The bridge carries IPv4 alone; what IPv6 would do by itself on the link is only noise.
        writeSysctl(`net/ipv6/conf/${CONTAINER_INTERFACE}/disable_ipv6`, "1");
        return new Rtnetlink();
      });
      const { gateway, prefixLength } = this.address();
      inside.configure(CONTAINER_INTERFACE, attachment.address, prefixLength, gateway);
    } catch (error) {
      this.detach(attachment.hostInterface);
      throw error;
    }
  }

  /** Deletes a veth pair that is still there. Slow: see `Rtnetlink.deleteLink`. */
  detach(hostInterface: string): void {
    if (this.#links.link(hostInterface)) this.#links.deleteLink(hostInterface);
  }

  /** Puts veths that lost their bridge back into it; returns the bridge's veths that are not among `known`. */
  adopt(known: ReadonlySet<string>): string[] {
    const veths = this.#links.links().filter((link) => link.kind === "veth");
    for (const link of veths) {
      if (known.has(link.name) && link.master !== this.#index) this.#links.join(link.name, this.#index);
    }
    return veths
      .filter((link) => link.master === this.#index && !known.has(link.name))
      .map((link) => link.name);
  }

  /** Deletes the bridge and every veth in it. */
  destroy(): void {
    for (const leftover of this.adopt(new Set())) this.#links.deleteLink(leftover);
    this.#links.deleteLink(this.name);
  }

  [Symbol.dispose](): void {
    this.#links[Symbol.dispose]();
  }

  #createVeth(attachment: Attachment): void {
    const netns = openSync(attachment.netnsPath, "r");
    const create = () =>
      this.#links.createVeth({
        hostName: attachment.hostInterface,
        bridge: this.#index,
        peerName: CONTAINER_INTERFACE,
        peerMac: attachment.macAddress,
        netns,
        mtu: MTU,
      });
    try {
      create();
    } catch (error) {
      if (!(error instanceof KernelError) || this.#links.link(this.name)?.index === this.#index) throw error;
      // Somebody deleted the bridge.
      this.ensure();
      create();
    } finally {
      closeSync(netns);
    }
  }
}

/** Makes a namespace's loopback work. Call it inside the namespace. */
export function setLoopbackUp(): void {
  using links = new Rtnetlink();
  links.setUp("lo");
}

/** Sets a kernel parameter of the namespace this thread is in; one that the kernel does not have is left out. */
function writeSysctl(name: string, value: string): void {
  const path = `/proc/sys/${name}`;
  if (!existsSync(path) || readFileSync(path, "utf8").trim() === value) return;
  try {
    writeFileSync(path, value);
  } catch (error) {
    throw unavailable(
      `cannot set kernel parameter ${path} to ${value}, which container networks need`,
      error,
    );
  }
}
