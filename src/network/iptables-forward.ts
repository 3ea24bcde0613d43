import { existsSync } from "node:fs";
import { messageOf } from "../core/index.ts";
import { type Nftables, NftError } from "../kernel/index.ts";

const CHAIN = "ip filter FORWARD";
const MARK = "berth ";

interface OurRule {
  readonly handle: number;
  readonly bridge: string;
}

/**
 * A host on which Docker or ufw runs has an iptables FORWARD chain whose policy is drop: what no rule there speaks of
 * never passes, whatever our own table accepts. As the last rules of that chain we accept what comes from or goes to
 * our bridge, in a form that iptables shows as its own. Every rule of others is asked first and still holds, and our
 * own table drops what is not published. A chain that cannot be read or changed is only reported.
 */
export class IptablesForward {
  constructor(
    private readonly nft: Nftables,
    private readonly bridge: string,
    private readonly log: (message: string) => void,
  ) {}

  /** Adds the rules where they are needed and missing; takes out those of bridges that are gone. */
  open(): void {
    const found = this.#read();
    if (!found) return;
    this.#delete(found.ours.filter(({ bridge }) => !existsSync(`/sys/class/net/${bridge}`)));
    if (found.policy !== "drop" || found.ours.some(({ bridge }) => bridge === this.bridge)) return;
    const rule = (match: string) =>
      `add rule ${CHAIN} ${match} "${this.bridge}" counter accept comment "${MARK}${this.bridge}"\n`;
    this.#run(`let ${this.bridge} pass iptables' FORWARD chain`, rule("iifname") + rule("oifname"));
  }

  close(): void {
    this.#delete(this.#read()?.ours.filter(({ bridge }) => bridge === this.bridge) ?? []);
  }

  #delete(rules: readonly OurRule[]): void {
    if (rules.length === 0) return;
    const script = rules.map(({ handle }) => `delete rule ${CHAIN} handle ${handle}\n`).join("");
    this.#run("remove our rules from iptables' FORWARD chain", script);
  }

  #run(what: string, script: string): void {
    try {
      this.nft.run(what, script);
    } catch (error) {
      this.log(messageOf(error));
    }
  }

  /** Undefined where there is no such chain. */
  #read(): { policy: string; ours: OurRule[] } | undefined {
    try {
      const objects = this.nft.list("read iptables' FORWARD chain", `list chain ${CHAIN}`);
      const chain = objects.find((object) => "chain" in object)?.chain as { policy?: string } | undefined;
      return { policy: chain?.policy ?? "accept", ours: objects.flatMap(ourRule) };
    } catch (error) {
      if (error instanceof NftError) return undefined;
      throw error;
    }
  }
}

function ourRule(object: Record<string, unknown>): OurRule[] {
  const rule = object.rule as { handle: number; comment?: string } | undefined;
  if (!rule?.comment?.startsWith(MARK)) return [];
  return [{ handle: rule.handle, bridge: rule.comment.slice(MARK.length) }];
}
