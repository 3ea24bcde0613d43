import {
  conflict,
  type Digest,
  familiar,
  invalid,
  isKind,
  notFound,
  parseReference,
  withDefaultTag,
} from "../core/index.ts";
import { commitConfig, runtimeConfigOf } from "./commit-config.ts";
import type { Container } from "./container.ts";
import { type ContainerContext, publishContainer } from "./parts.ts";
import { assertNotRemoving } from "./remove.ts";
import { pause, unpause } from "./stop.ts";
import type { CommitOptions } from "./types.ts";

/** `docker commit`: everything that can be refused is, before the container is frozen. Resolves to the image's id. */
export async function commitContainer(
  context: ContainerContext,
  container: Container,
  { reference, author, comment, changes = [], config, pause: toPause }: CommitOptions,
): Promise<Digest> {
  assertCommittable(container);
  const { record } = container;
  const base = context.images.get(record.imageId);
  if (!base) throw notFound(`No such image: ${record.imageId}`);
  const name = reference === undefined ? undefined : withDefaultTag(parseReference(reference));
  if (name?.digest) throw invalid("refusing to create a tag with a digest reference");
  const own = runtimeConfigOf(record.config);
  const given = context.applyChanges(config ? runtimeConfigOf(config) : own, changes);

  await using frozen = await Frozen.when(toPause, context, container);
  const image = await context.images.commitLayer(
    filesOf(context, container, () => frozen[Symbol.asyncDispose]()),
    {
      base,
      config: commitConfig(own, given),
      createdBy: (record.config.Cmd ?? []).join(" "),
      ...(author && { author }),
      ...(comment && { comment }),
      ...(name && { reference: familiar(name) }),
    },
  );
  publishContainer(context, container, "commit", {
    comment: comment ?? "",
    imageID: image.id,
    imageRef: name ? familiar(name) : "",
  });
  return image.id;
}

function assertCommittable(container: Container): void {
  assertNotRemoving(container);
  if (container.record.state.status !== "dead") return;
  throw conflict(`You cannot commit container ${container.id} which is Dead`);
}

/** The container's layer tar. Once it is read, the container may go on; had it been removed meanwhile, some would be missing. */
async function* filesOf(
  context: ContainerContext,
  container: Container,
  whenRead: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  yield* context.snapshots.layerTar(container.id);
  assertNotRemoving(container);
  await whenRead();
}

/** A container that stands still until this is disposed of, once or more often. */
class Frozen implements AsyncDisposable {
  #thaw: (() => Promise<void>) | undefined;

  private constructor(thaw?: () => Promise<void>) {
    this.#thaw = thaw;
  }

  /** One without a process, or that stands still already, is left as it is. */
  static async when(wanted: boolean, context: ContainerContext, container: Container): Promise<Frozen> {
    if (!wanted || container.record.state.status !== "running") return new Frozen();
    try {
      await pause(context, container, { briefly: true });
    } catch (error) {
      // It ended, or somebody paused it, at this moment.
      if (isKind(error, "conflict")) return new Frozen();
      throw error;
    }
    return new Frozen(() => unpause(context, container));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const thaw = this.#thaw;
    this.#thaw = undefined;
    try {
      await thaw?.();
    } catch (error) {
      // Somebody let it go on, or killed it.
      if (!isKind(error, "conflict")) throw error;
    }
  }
}
