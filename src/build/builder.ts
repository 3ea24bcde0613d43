import { availableParallelism } from "node:os";
import {
  BerthError,
  type Digest,
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
  unsupported,
  withDefaultTag,
} from "../core/index.ts";
import type { Images } from "../image/index.ts";
import type { ProgressMessage } from "../spec/index.ts";
import { BuildCache } from "./cache.ts";
import { CommandFailed } from "./errors.ts";
import { HistoryDates } from "./export/dates.ts";
import { imageConfig } from "./export/image-config.ts";
import {
  type BaseImage,
  type BuildPlan,
  convertDockerfile,
  type PlannedStep,
  parseDockerfile,
} from "./frontend/index.ts";
import type { Vertex } from "./graph/index.ts";
import { Context, type Layer, operations, type Result, type Rooms, sourceImage } from "./ops/index.ts";
import { PlanProgress } from "./progress/plan-progress.ts";
import { type PruneParts, pruneCache } from "./prune.ts";
import { buildHosts, buildLimits, buildNetwork, buildTags } from "./request.ts";
import { interrupted, Solver, VertexError } from "./solver/index.ts";
import type { Builder, BuildRequest } from "./types.ts";

export interface BuilderParts extends Rooms, PruneParts {
  readonly images: Images;
  readonly publish: (event: Omit<EngineEvent, "timeNano">) => void;
}

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

  async prune(): Promise<{ deleted: string[]; reclaimed: number }> {
    const since = [...this.#running].map((running) => running.since);
    const pruned = await pruneCache(this.#parts, this.#cache, Math.min(...since, Number.POSITIVE_INFINITY));
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
    const plan = this.#plan(request, context);
    const emit = request.quiet ? () => {} : progress;
    const dates = new HistoryDates(this.#cache.dates(!request.noCache));
    const shown = new PlanProgress(plan, emit, dates, (vertex) => this.#baseLayers(vertex));
    const layers = await this.#solve(request, plan, context, shown);
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

  /** Dockerfile to graph, with the images that are stored. */
  #plan(request: BuildRequest, { dockerfile, file }: Context): BuildPlan {
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
      resolveImage: (name, platform) => this.#resolveImage(name, platform ?? asked, request.pull),
    });
  }

  #hostGateway(): string {
    const gateway = this.#parts.networks.inspect("bridge").IPAM.Config?.[0]?.Gateway;
    if (!gateway) throw invalid("host-gateway: the bridge network has no gateway address");
    return gateway;
  }

  #resolveImage(name: string, platform: Platform | undefined, pull: boolean): BaseImage {
    const image = this.#parts.images.find(name);
    if (!image) throw notFound(`No such image: ${familiar(withDefaultTag(parseReference(name)))}`);
    if (pull) throw unsupported(`${name} cannot be pulled: build without --pull to use the stored image`);
    const { os, architecture } = image.config;
    if (platform && (platform.os !== os || platform.architecture !== architecture)) {
      throw notFound(
        `image with reference ${name} was found but does not match the specified platform: ` +
          `wanted ${formatPlatform(platform)}, actual: ${os}/${architecture}`,
      );
    }
    return { id: image.id, config: image.config };
  }

  #baseLayers({ op }: Vertex): readonly Layer[] {
    return op.type === "source" ? this.#imageLayers(sourceImage(op)).map((diffId) => ({ diffId })) : [];
  }

  #imageLayers(id: Digest): readonly Digest[] {
    const image = this.#parts.images.get(id);
    if (!image) throw notFound(`No such image: ${id}: it was removed while the build used it`);
    return image.layers;
  }

  async #solve(
    request: BuildRequest,
    plan: BuildPlan,
    context: Context,
    shown: PlanProgress,
  ): Promise<readonly Layer[]> {
    const { root } = plan.target;
    if (!root) return [];
    try {
      const result = await this.#solver.solve({
        target: root,
        op: operations(this.#parts, context.tree, (id) => this.#imageLayers(id)),
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
