import { afterAll, beforeAll } from "bun:test";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Api } from "./api.ts";
import { baseTar } from "./base-image.ts";
import { Cli } from "./cli.ts";
import { removeNetwork } from "./dismantle.ts";
import { eventually } from "./eventually.ts";
import { cgroupsOf, containerLeftovers, type EngineRecord, leftovers } from "./leftovers.ts";
import { berthBinary, type CliName, engineRuntime, oracleHost, programOf } from "./settings.ts";

interface ListedContainer {
  Id: string;
  Names: string[];
  Labels: Record<string, string>;
}

/**
 * One engine for one test file: Berth with roots, socket and bridge of its own, or the oracle daemon. Call `use()`
 * at the top of the file; the engine is there in every test, and when the file is done nothing of it is left.
 */
export class TestEngine {
  /** Unique to this run; begins every name the file makes. */
  readonly token: string;
  readonly record: EngineRecord;
  readonly host: string;
  readonly api: Api;
  /** Name of the base image: busybox with all its programs, CMD `sh`. */
  readonly base: string;
  readonly isOracle = oracleHost !== undefined;
  readonly #clis = new Map<CliName, Cli>();
  /** Ids of containers that were made through the API rather than by a command. */
  readonly #ids = new Set<string>();

  constructor(file: string) {
    const random = crypto.randomUUID().slice(0, 6);
    this.token = `${file}-${random}`;
    const top = join("/var/tmp", `berth-e2e-${this.token}`);
    this.record = {
      token: this.token,
      top,
      dataRoot: join(top, "data"),
      execRoot: join(top, "exec"),
      socket: join(top, "berth.sock"),
      pidfile: join(top, "berth.pid"),
      bridge: `bt${random}`,
    };
    this.host = oracleHost ?? `unix://${this.record.socket}`;
    this.api = new Api(this.host.replace("unix://", ""));
    this.base = this.isOracle ? `${this.token}/bb:1` : "bb:1";
  }

  /** Registers the engine's start and stop with the test file, base image included. */
  use(): this {
    beforeAll(async () => {
      await this.start();
      await this.importBase();
    }, 60_000);
    afterAll(() => this.stop(), 60_000);
    return this;
  }

  /** A command line pointed at this engine. @throws when its program is not on this machine */
  cli(name: CliName): Cli {
    const known = this.#clis.get(name);
    if (known) return known;
    const program = programOf(name);
    if (!program)
      throw new Error(`the ${name} program is not there${name === "berth" ? ": run npm run build" : ""}`);
    const label = this.isOracle ? `e2e=${this.token}` : undefined;
    const made = new Cli(name, program, this.host, this.token, label);
    this.#clis.set(name, made);
    return made;
  }

  get pid(): number {
    return Number(readFileSync(this.record.pidfile, "utf8"));
  }

  /** The daemon's standard error so far. */
  get log(): string {
    return readFileSync(join(this.record.top, "daemon.log"), "utf8");
  }

  /** Starts the daemon and waits until it answers. Does nothing for the oracle. */
  async start(): Promise<void> {
    if (this.isOracle) return;
    if (!existsSync(berthBinary)) throw new Error(`${berthBinary} is not there: run npm run build`);
    mkdirSync(this.record.top, { recursive: true, mode: 0o711 });
    this.#remember();
    const log = openSync(join(this.record.top, "daemon.log"), "a");
    // setsid --fork: not a child of the test runner, which kills its children when a test times out.
    Bun.spawnSync(["setsid", "--fork", ...this.daemonCommand()], {
      stdin: "ignore",
      stdout: log,
      stderr: log,
    });
    closeSync(log);
    await eventually("the engine answers", () => this.answers(), 15_000).catch((error) => {
      throw new Error(`${error.message}; its log:\n${this.log}`);
    });
  }

  /** The command that starts this engine. */
  daemonCommand(): string[] {
    const { dataRoot, execRoot, bridge, pidfile } = this.record;
    return [
      ...[berthBinary, "daemon", "--host", this.host, "--data-root", dataRoot, "--exec-root", execRoot],
      ...["--bridge", bridge, "--pidfile", pidfile],
      ...(engineRuntime ? ["--runtime", engineRuntime] : []),
    ];
  }

  answers(): Promise<boolean> {
    return this.api.request("GET", "/_ping").then(
      (response) => response.ok,
      () => false,
    );
  }

  /** Kills the daemon as a crash would. Containers are not touched. */
  async crash(): Promise<void> {
    const pid = this.pid;
    process.kill(pid, "SIGKILL");
    await eventually("the daemon is gone", () => !existsSync(`/proc/${pid}`));
  }

  /** Asks the daemon to end and waits for it. */
  async terminate(): Promise<void> {
    const pid = this.pid;
    process.kill(pid, "SIGTERM");
    await eventually("the daemon ended on SIGTERM", () => !existsSync(`/proc/${pid}`), 10_000);
  }

  /** Makes the base image from the machine's static busybox. */
  async importBase(): Promise<void> {
    const [repo, tag] = this.base.split(":") as [string, string];
    const query = { fromSrc: "-", repo, tag, changes: 'CMD ["sh"]' };
    const response = await this.api.request("POST", "/images/create", { query, body: await baseTar() });
    const progress = await response.text();
    if (!response.ok || progress.includes('"error"'))
      throw new Error(`the base image was refused: ${progress}`);
  }

  /** Containers that belong to this file. */
  async containers(): Promise<ListedContainer[]> {
    const all = await this.api.json<ListedContainer[]>("GET", "/containers/json", { query: { all: "1" } });
    if (!this.isOracle) return all;
    const mine = (one: ListedContainer) =>
      one.Labels.e2e === this.token || one.Names.some((name) => name.startsWith(`/${this.token}`));
    return all.filter(mine);
  }

  /** Removes every container of this file. */
  async removeContainers(): Promise<void> {
    const mine = await this.containers();
    await Promise.all(
      mine.map(({ Id }) => {
        this.#ids.add(Id);
        return this.api.request("DELETE", `/containers/${Id}`, { query: { force: "1", v: "1" } });
      }),
    );
  }

  /** Ends the engine and checks that nothing of it is left on the machine. */
  async stop(): Promise<void> {
    if (this.isOracle) {
      await this.removeContainers();
      await this.#removeOracleImages();
      return;
    }
    if (!(await this.answers())) await this.start();
    await this.removeContainers();
    await eventually("all containers are removed", async () => (await this.containers()).length === 0);
    const ids = new Set([...this.#ids, ...[...this.#clis.values()].flatMap((cli) => [...cli.seen])]);
    // Slow clean-up comes after the reply, and the kernel takes namespaces and their links down a little later.
    await this.#comesToNothing("removed containers", () => containerLeftovers(this.record, ids));
    await this.terminate();
    removeNetwork(this.record);
    await this.#comesToNothing("the engine", () => leftovers(this.record, ids));
    rmSync(this.record.top, { recursive: true });
    this.#forget();
  }

  async #comesToNothing(who: string, left: () => string[]): Promise<void> {
    await eventually("nothing is left", () => left().length === 0).catch(() => {
      throw new Error(`${who} left behind:\n${left().join("\n")}\nthe engine's log:\n${this.log}`);
    });
  }

  /** Control groups of one container. */
  cgroupsOf(id: string): string[] {
    return cgroupsOf(new Set([id]));
  }

  async #removeOracleImages(): Promise<void> {
    const images = await this.api.json<
      { Id: string; RepoTags: string[]; Labels: Record<string, string> | null }[]
    >("GET", "/images/json");
    for (const { Id, RepoTags, Labels } of images) {
      const mine = RepoTags.filter((tag) => tag.includes(this.token));
      for (const name of Labels?.e2e === this.token && mine.length === 0 ? [Id] : mine) {
        await this.api.request("DELETE", `/images/${name}`, { query: { force: "1" } });
      }
    }
  }

  /** Lets the runner find this engine should the test process die. */
  #remember(): void {
    const file = this.#recordFile();
    if (!file) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(this.record));
  }

  #forget(): void {
    const file = this.#recordFile();
    if (file) rmSync(file, { force: true });
  }

  #recordFile(): string | undefined {
    const records = process.env.BERTH_E2E_RECORDS;
    return records === undefined ? undefined : join(records, `${this.token}.json`);
  }
}
