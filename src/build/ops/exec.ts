import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { encodeText } from "../../image/index.ts";
import { UndoStack } from "../../process/index.ts";
import type { OciMount } from "../../spec/index.ts";
import { CommandFailed } from "../errors.ts";
import { definitionOf, type ExecMount, type ExecOp } from "../graph/index.ts";
import { interrupted, type Op, type OpInput, type RunEnvironment } from "../solver/index.ts";
import { inputKey, keyOf, layersKey } from "./keys.ts";
import { MountStubs } from "./mount-stubs.ts";
import { openStepNetwork } from "./network.ts";
import { stepBundle } from "./recover.ts";
import type { Result } from "./result.ts";
import type { Rooms } from "./rooms.ts";
import { commitScratch, layersOf, Scratch } from "./scratch.ts";
import { stepSpec } from "./step-spec.ts";
import { resolvePath } from "./tree/resolve.ts";
import { RootTree } from "./tree/root-tree.ts";

/** Runs a command over layers; what it wrote becomes a layer. */
export class ExecStep implements Op<Result> {
  readonly #op: ExecOp;
  readonly #rooms: Rooms;

  constructor(op: ExecOp, rooms: Rooms) {
    this.#op = op;
    this.#rooms = rooms;
  }

  async fastKey(inputs: readonly OpInput<Result>[]) {
    return keyOf(definitionOf(this.#op), inputs.map(inputKey));
  }

  async slowKey(inputs: readonly Result[]) {
    return keyOf("slow", definitionOf(this.#op), inputs.map(layersKey));
  }

  async run(inputs: readonly Result[], environment: RunEnvironment): Promise<Result> {
    const [root, ...others] = this.#op.mounts;
    const base = layersOf(root && inputs[root.input]);
    await using scratch = new Scratch(this.#rooms, base);
    {
      await using undo = new UndoStack(this.#rooms.log);
      const mounts = others.map((mount) => this.#mount(mount, inputs, undo));
      const stubs = await this.#execute(scratch.root, mounts, environment, undo);
      scratch.unmount();
      stubs.sweep(this.#rooms.snapshots.upper(scratch.key));
    }
    return await commitScratch(this.#rooms, scratch, base);
  }

  /** Shows another filesystem (or a part of it) inside the container. */
  #mount(mount: ExecMount, inputs: readonly Result[], undo: UndoStack): OciMount {
    const scratch = new Scratch(this.#rooms, layersOf(inputs[mount.input]));
    undo.defer("unmount an input", () => scratch[Symbol.asyncDispose]());
    const selector = encodeText(mount.selector ?? "/");
    const path = resolvePath(new RootTree(scratch.root), selector) ?? "/";
    return {
      destination: mount.destination,
      type: "bind",
      source: join(scratch.root, Buffer.from(path, "latin1").toString()),
      options: ["rbind", mount.readonly ? "ro" : "rw", "rprivate"],
    };
  }

  async #execute(
    rootfs: string,
    mounts: readonly OciMount[],
    { id, signal, output }: RunEnvironment,
    undo: UndoStack,
  ): Promise<MountStubs> {
    const { runtime, networks, execRoot } = this.#rooms;
    const bundle = stepBundle(execRoot, id);
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    undo.defer("remove the bundle", () => rmSync(bundle, { recursive: true, force: true }));
    const network = await openStepNetwork(networks, this.#op, { id, bundle }, undo);
    const input = { id, rootfs, network: network.namespace, mounts: [...network.mounts, ...mounts] };
    const spec = stepSpec(this.#op, input, this.#rooms);
    const stubs = new MountStubs(
      rootfs,
      spec.mounts.map(({ destination }) => destination),
    );
    const { forRuns } = runtime.describe();
    runtime.writeBundle(bundle, spec, forRuns);
    if (signal.aborted) throw interrupted();
    const exitCode = await runtime.runOnce({ id, bundle, onOutput: output, signal, runtime: forRuns });
    if (exitCode !== 0) throw new CommandFailed(this.#op.args, exitCode);
    return stubs;
  }
}
