import { busybox } from "../harness/index.ts";

/**
 * Another machine, played by a network namespace of its own: joined to this host by a veth pair, it reaches the host
 * under `hostAddress` and is reached under `address`. Nothing leaves this machine.
 */
export class OutsideWorld {
  readonly name: string;
  readonly hostAddress: string;
  readonly address: string;
  readonly #link: string;
  readonly #children: Bun.Subprocess[] = [];

  constructor(token: string) {
    const random = crypto.getRandomValues(new Uint8Array(2));
    this.name = `e2e-${token}`;
    this.#link = `eo${Buffer.from(random).toString("hex")}`;
    // From the block set aside for measurements between networks: no real host is there.
    const third = random[0] ?? 0;
    const fourth = (random[1] ?? 0) & 0xfc;
    this.hostAddress = `198.19.${third}.${fourth + 1}`;
    this.address = `198.19.${third}.${fourth + 2}`;
    const peer = `${this.#link}p`;
    this.#ip("netns", "add", this.name);
    this.#ip("link", "add", this.#link, "type", "veth", "peer", "name", peer, "netns", this.name);
    this.#ip("addr", "add", `${this.hostAddress}/30`, "dev", this.#link);
    this.#ip("link", "set", this.#link, "up");
    this.#ip("-n", this.name, "addr", "add", `${this.address}/30`, "dev", peer);
    this.#ip("-n", this.name, "link", "set", peer, "up");
    this.#ip("-n", this.name, "link", "set", "lo", "up");
    // It tries this host for every address it does not know, containers' included.
    this.#ip("-n", this.name, "route", "add", "default", "via", this.hostAddress);
  }

  #ip(...args: string[]): void {
    const { exitCode, stderr } = Bun.spawnSync(["ip", ...args]);
    if (exitCode !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
  }

  /** Runs a busybox program out there; returns what it prints. */
  async run(...command: string[]): Promise<{ code: number; stdout: string }> {
    const child = Bun.spawn(["ip", "netns", "exec", this.name, busybox, ...command], {
      stdout: "pipe",
      stderr: "ignore",
    });
    const stdout = await new Response(child.stdout).text();
    return { code: await child.exited, stdout };
  }

  /** Starts a busybox program out there that stays until `close`. */
  start(...command: string[]): void {
    this.#children.push(
      Bun.spawn(["ip", "netns", "exec", this.name, busybox, ...command], {
        stdout: "ignore",
        stderr: "ignore",
      }),
    );
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all(this.#children.map((child) => child.exited));
    this.#ip("netns", "delete", this.name);
    // The pair goes with the namespace, a little later; asking twice is fine.
    Bun.spawnSync(["ip", "link", "delete", this.#link]);
  }
}
