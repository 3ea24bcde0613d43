import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { messageOf } from "../core/index.ts";
import { Nftables, Rtnetlink } from "../kernel/index.ts";
import { runCommand, startProcess } from "../process/index.ts";
import { openState, type State } from "../state/index.ts";
import { type Endpoint, type Networks, openNetworks, type PortRequest } from "./index.ts";

/** Answers every TCP connection with a word and the address it came from. */
const SERVER = `Bun.listen({ hostname: "0.0.0.0", port: Number(process.argv[1]), socket: {
  open(s) { s.end("hello " + s.remoteAddress); }, data() {} } }); console.log("ready");`;
/** The same for datagrams; the word is given. */
const UDP_SERVER = `const [port, word] = process.argv.slice(1); await Bun.udpSocket({ hostname: "0.0.0.0", port: Number(port),
  socket: { data(s, _d, port, address) { s.send(word + " " + address, port, address); } } }); console.log("ready");`;
/** Connects and prints what it is told; prints nothing when it does not get through. */
const CLIENT = `setTimeout(() => process.exit(2), 1500); await Bun.connect({ hostname: process.argv[1],
  port: Number(process.argv[2]), socket: { data(_s, d) { process.stdout.write(d); }, close() { process.exit(0); } },
  }).catch(() => process.exit(1));`;

const IP_FORWARD = "/proc/sys/net/ipv4/ip_forward";

/** Why this machine cannot run the tests of the kernel's networks; undefined when it can. */
export const cannotRun: string | undefined = (() => {
  if (process.getuid?.() !== 0) return "not root";
  const missing = ["ip", "nsenter"].find((program) => Bun.which(program) === null);
  if (missing !== undefined) return `no ${missing}`;
  try {
    new Nftables()[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
})();

/** Runs a command that must succeed and gives what it printed. */
export async function run(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(argv);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return stdout;
}

export const inside = (pin: string, argv: string[]) => ["nsenter", `--net=${pin}`, ...argv];

/** A request for any free port, unless more is said. */
export const port = (containerPort: number, more: Partial<PortRequest> = {}): PortRequest => ({
  protocol: "tcp",
  containerPort,
  hostIp: "",
  hostPortStart: 0,
  hostPortEnd: 0,
  ...more,
});

/** A network room of its own on this host: bridge, table and state with names that nobody else has. */
export class TestNetworks {
  readonly directory = mkdtempSync("/var/tmp/berth-net-");
  readonly bridge = `bt${randomBytes(4).toString("hex")}`;
  readonly events: string[] = [];
  readonly log: string[] = [];
  networks: Networks;
  #state: State;
  readonly #children: Bun.Subprocess[] = [];
  readonly #forwarding = readFileSync(IP_FORWARD, "utf8");

  constructor() {
    [this.#state, this.networks] = this.#open();
  }

  static async open(): Promise<TestNetworks> {
    const test = new TestNetworks();
    await test.networks.recover(new Set());
    return test;
  }

  /** As a daemon that ends and starts again; `recover` is left to the caller. */
  reopen(): void {
    this.networks.close();
    this.#state.close();
    [this.#state, this.networks] = this.#open();
  }

  namespace(name: string): string {
    const pin = join(this.directory, "netns", name);
    this.networks.createNamespace(pin);
    return pin;
  }

  connect(name: string, ports: PortRequest[] = [], pin = this.namespace(name)): Promise<Endpoint> {
    return this.networks.connect("bridge", {
      containerId: `id-${name}`,
      containerName: name,
      netnsPath: pin,
      ports,
    });
  }

  pinOf(name: string): string {
    return join(this.directory, "netns", name);
  }

  async serve(name: string, tcpPort: number): Promise<void> {
    await this.#startServer(inside(this.pinOf(name), [process.execPath, "-e", SERVER, String(tcpPort)]));
  }

  async serveUdp(name: string, udpPort: number, word: string): Promise<void> {
    await this.#startServer(
      inside(this.pinOf(name), [process.execPath, "-e", UDP_SERVER, String(udpPort), word]),
    );
  }

  /** What a server says to a connection from the host or from a namespace; empty when it is not reached. */
  async ask(address: string, tcpPort: number, from?: string): Promise<string> {
    const argv = [process.execPath, "-e", CLIENT, address, String(tcpPort)];
    return (await runCommand(from ? inside(this.pinOf(from), argv) : argv)).stdout;
  }

  /** An address of the host's that is neither loopback nor this bridge's. */
  hostAddress(): string | undefined {
    return Object.entries(networkInterfaces())
      .filter(([name]) => name !== this.bridge && name !== "lo")
      .flatMap(([, addresses]) => addresses ?? [])
      .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  }

  /** Takes everything away again and says what was left behind. */
  async close(): Promise<string[]> {
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all(this.#children.map((child) => child.exited));
    await this.networks.destroy();
    this.#state.close();
    rmSync(this.directory, { recursive: true, force: true });
    if (this.#forwarding.trim() === "0") writeFileSync(IP_FORWARD, "0");
    return this.#leftovers();
  }

  #leftovers(): string[] {
    using links = new Rtnetlink();
    using nft = new Nftables();
    const rules = [...nft.list("list tables", "list tables"), ...this.#forwardRules(nft)];
    return [
      ...(links.link(this.bridge) ? [`link ${this.bridge}`] : []),
      ...rules.map((object) => JSON.stringify(object)).filter((text) => text.includes(this.bridge)),
      ...(existsSync(this.directory) ? [this.directory] : []),
    ];
  }

  #forwardRules(nft: Nftables): Record<string, unknown>[] {
    try {
      return nft.list("list FORWARD", "list chain ip filter FORWARD");
    } catch {
      return [];
    }
  }

  async #startServer(argv: string[]): Promise<void> {
    const child = startProcess(argv, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
    this.#children.push(child);
    if (child.stdout instanceof ReadableStream) await child.stdout.getReader().read();
  }

  #open(): [State, Networks] {
    const state = openState(join(this.directory, "state.db"));
    const networks = openNetworks({
      state,
      bridge: this.bridge,
      execRoot: this.directory,
      publish: ({ action, attributes }) => this.events.push(`${action} ${attributes.container}`),
      log: (message) => this.log.push(message),
    });
    return [state, networks];
  }
}
