import { availableParallelism } from "node:os";
import {
  BerthError,
  type EngineEvent,
  familiar,
  formatPlatform,
  hostPlatform,
  invalid,
  messageOf,
  notFound,
  type Platform,
  parsePlatform,
  parseReference,
  shortId,
  withDefaultTag,
} from "../core/index.ts";
import { fitsPlatform, type Image, type ImageHold, type Images } from "../image/index.ts";
import type { RegistryAuth } from "../registry/index.ts";
import type { ProgressMessage } from "../spec/index.ts";
import { BuildCache } from "./cache.ts";
import { CommandFailed } from "./errors.ts";
import { HistoryDates } from "./export/dates.ts";
import { imageConfig } from "./export/image-config.ts";
import { type BuildPlan, convertDockerfile, type PlannedStep, parseDockerfile } from "./frontend/index.ts";
import { Context, type Layer, operations, type Result, type Rooms, sourceImage } from "./ops/index.ts";
import { PlanProgress } from "./progress/plan-progress.ts";
import { type PruneParts, pruneCache } from "./prune.ts";
import { buildHosts, buildLimits, buildNetwork, buildTags } from "./request.ts";
import { interrupted, Solver, VertexError } from "./solver/index.ts";
import type { Builder, BuildRequest } from "./types.ts";

export interface BuilderParts extends Omit<Rooms, "keep">, PruneParts {
  readonly images: Images;
  /** Fetches an image from its registry; `auths` by the address they are kept under. */
  readonly pull: (
    name: string,
    options: { platform?: string; auths: ReadonlyMap<string, RegistryAuth>; signal: AbortSignal },
    progress: (message: ProgressMessage) => void,
  ) => Promise<void>;
  readonly publish: (event: Omit<EngineEvent, "timeNano">) => void;
}

/** Thrown by planning for an image that is not stored. Not an error of the build: it is pulled, and planned again. */
class NeededImage extends Error {
  readonly key: string;

  constructor(
    readonly image: string,
    readonly platform: string | undefined,
  ) {
    super(`the image ${image} is needed`);
    this.key = `${platform ?? ""} ${image}`;
  }
}

type PullOutcome = "done" | { readonly failure: unknown };

export function createBuilder(parts: BuilderParts): Builder {
  return new DockerfileBuilder(parts);
}

class DockerfileBuilder implements Builder {
  readonly #parts: BuilderParts;
  readonly #cache: BuildCache;
  readonly #solver: Solver<Result>;
  /** When each build that runs now began. */
  readonly #running = new Set<{ since: number }>();

  constructor(parts: BuilderParts) {
    this.#parts = parts;
    const { state, layers, content } = parts;
    this.#cache = new BuildCache(state.buildCache, (layer) => layers.has(layer) && content.has(layer));
    this.#solver = new Solver(this.#cache, { parallel: Math.max(4, 2 * availableParallelism()) });
  }

  async build(request: BuildRequest, progress: (message: ProgressMessage) => void): Promise<{ id: string }> {
    const running = { since: Date.now() };
    this.#running.add(running);
    try {
      return await this.#build(request, progress);
    } finally {
      this.#running.delete(running);
      this.#cache.flush();
    }
  }

  async prune({ unusedSince = Number.POSITIVE_INFINITY } = {}): Promise<{
    deleted: string[];
    reclaimed: number;
  }> {
    const since = [...this.#running].map((running) => running.since);
    const pruned = await pruneCache(this.#parts, this.#cache, Math.min(...since, unusedSince));
    this.#parts.publish({
      type: "builder",
      action: "prune",
      id: "",
      attributes: { reclaimed: String(pruned.reclaimed) },
    });
    return pruned;
  }

  async #build(request: BuildRequest, progress: (message: ProgressMessage) => void): Promise<{ id: string }> {
    const tags = buildTags(request.tags);
    const { dockerfile, signal } = request;
    await using context = await Context.read(request.context, {
      ...(dockerfile && { dockerfile }),
      tempRoot: this.#parts.tempRoot,
      signal,
    });
    const emit = request.quiet ? () => {} : progress;
    await using bases = this.#parts.images.hold();
    const plan = await this.#planWithImages(request, context, bases, emit);
    const dates = new HistoryDates(this.#cache.dates(!request.noCache));
    const shown = new PlanProgress(plan, emit, dates, ({ op }) =>
      op.type === "source" ? bases.get(sourceImage(op)).layers.map((diffId) => ({ diffId })) : [],
    );
    const layers = await this.#solve(request, plan, context, bases, shown);
    const config = imageConfig(plan.target, layers, dates.of(plan.target.history, layers));
    const { id } = await this.#parts.images.commit(config, { tags });
    shown.committed(id);
    if (plan.unusedArgs.length > 0) {
      emit({ stream: `[Warning] One or more build-args [${plan.unusedArgs.join(" ")}] were not consumed\n` });
    }
    progress({ aux: { ID: id } });
    if (request.quiet) progress({ stream: `${id}\n` });
    else {
      progress({ stream: `Successfully built ${shortId(id)}\n` });
      for (const tag of tags) progress({ stream: `Successfully tagged ${tag}\n` });
    }
    return { id };
  }

  /**
   * Dockerfile to graph. Images that are missing (with `pull` all of them, each once) are pulled, which only turns out
   * one after the other: what a stage is made from may hang on the one before it.
   */
  async #planWithImages(
    request: BuildRequest,
    context: Context,
    bases: ImageHold,
    emit: (message: ProgressMessage) => void,
  ): Promise<BuildPlan> {
    const pulls = new Map<string, PullOutcome>();
    for (;;) {
      try {
        return this.#plan(request, context, bases, pulls);
      } catch (error) {
        if (!(error instanceof NeededImage)) throw error;
        const { key, image, platform } = error;
        const { signal, registryAuths = new Map() } = request;
        const options = { ...(platform && { platform }), auths: registryAuths, signal };
        const pulling = this.#parts.pull(image, options, emit);
        // Told where the Dockerfile names the image, by the next try.
        pulls.set(key, await pulling.then(() => "done" as const).catch((failure) => ({ failure })));
        if (signal.aborted) throw interrupted();
      }
    }
  }

  #plan(
    request: BuildRequest,
    { dockerfile, file }: Context,
    bases: ImageHold,
    pulls: ReadonlyMap<string, PullOutcome>,
  ): BuildPlan {
    const host = hostPlatform();
    const asked = request.platform ? parsePlatform(request.platform) : undefined;
    const given = Object.entries(request.buildArgs).filter(
      (pair): pair is [string, string] => pair[1] !== null,
    );
    return convertDockerfile(parseDockerfile(dockerfile, file), {
      buildArgs: new Map(given),
      labels: request.labels,
      ...(request.target && { target: request.target }),
      targetPlatform: asked ?? host,
      buildPlatform: host,
      network: buildNetwork(request.networkMode),
      extraHosts: buildHosts(request.extraHosts, () => this.#hostGateway()),
      limits: buildLimits(request),
      resolveImage: (name, platform) => {
        const image = this.#resolveImage(name, platform ?? asked, request.pull, pulls);
        bases.add(image);
        return { id: image.id, config: image.config };
      },
    });
  }

  #hostGateway(): string {
    const gateway = this.#parts.networks.inspect("bridge").IPAM.Config?.[0]?.Gateway;
    if (!gateway) throw invalid("host-gateway: the bridge network has no gateway address");
    return gateway;
  }

  #resolveImage(
    name: string,
    platform: Platform | undefined,
    pull: boolean,
    pulls: ReadonlyMap<string, PullOutcome>,
  ): Image {
    const image = this.#parts.images.find(name, platform);
    const isFitting = image && (!platform || fitsPlatform(image.config, platform));
    const needed = new NeededImage(name, platform && formatPlatform(platform));
    const outcome = pulls.get(needed.key);
    if (outcome === undefined && (pull || !isFitting)) throw needed;
    const failure = typeof outcome === "object" ? outcome.failure : undefined;
    if (image && platform && !isFitting) {
      const why = failure === undefined ? "" : `; pulling it failed: ${messageOf(failure)}`;
      throw notFound(
        `image with reference ${name} was found but does not match the specified platform: ` +
          `wanted ${formatPlatform(platform)}, actual: ${formatPlatform(image.config)}${why}`,
        failure,
      );
    }
    if (failure !== undefined) throw failure;
    if (!image) throw notFound(`No such image: ${familiar(withDefaultTag(parseReference(name)))}`);
    return image;
  }

  async #solve(
    request: BuildRequest,
    plan: BuildPlan,
    context: Context,
    bases: ImageHold,
    shown: PlanProgress,
  ): Promise<readonly Layer[]> {
    const { root } = plan.target;
    if (!root) return [];
    try {
      const result = await this.#solver.solve({
        target: root,
        op: operations(
          { ...this.#parts, keep: (diffId) => bases.keep(diffId) },
          context.tree,
          (id) => bases.get(id).layers,
        ),
        signal: request.signal,
        useCache: !request.noCache,
        observer: shown,
      });
      return result.kind === "layers" ? result.layers : [];
    } catch (error) {
      if (request.signal.aborted) throw interrupted();
      if (!(error instanceof VertexError)) throw error;
      throw stepError(error.cause, plan.file, shown.failed(error.vertex));
    }
  }
}

/** What went wrong in a step, with its place; a command that failed is told in Docker's words alone. */
function stepError(cause: unknown, file: string, step: PlannedStep | undefined): unknown {
  if (cause instanceof CommandFailed || !step) return cause;
  const kind = cause instanceof BerthError ? cause.kind : "internal";
  return new BerthError(kind, `${messageOf(cause)} (${file}:${step.range.start})`, { cause });
}
