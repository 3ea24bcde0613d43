/** Image objects of the Docker Engine API 1.51. */
import type { ImageRuntimeConfig } from "../oci-image.ts";

export interface ImageSummary {
  Containers: number;
  /** Unix seconds. */
  Created: number;
  Id: string;
  Labels: Record<string, string> | null;
  ParentId: string;
  RepoDigests: string[];
  RepoTags: string[];
  SharedSize: number;
  /** Bytes of all layers. */
  Size: number;
}

/** An image's configuration as inspect shows it: eight fields always, null where there is nothing. */
export type ImageInspectConfig = Omit<ImageRuntimeConfig, "Env" | "Labels" | "Volumes"> & {
  Env?: string[] | null;
  Labels?: Record<string, string> | null;
  Volumes?: Record<string, Record<string, never>> | null;
};

export interface ImageInspect {
  Id: string;
  RepoTags: string[];
  RepoDigests: string[];
  Parent: string;
  Comment: string;
  Created: string;
  DockerVersion: string;
  Author: string;
  Config: ImageInspectConfig;
  Architecture: string;
  Variant?: string;
  Os: string;
  Size: number;
  GraphDriver: { Name: string; Data: Record<string, string> };
  RootFS: { Type: "layers"; Layers: string[] };
  Metadata: { LastTagTime: string };
}

export interface ImageHistoryItem {
  /** Image id, or `<missing>` for the layers below the top. */
  Id: string;
  Created: number;
  CreatedBy: string;
  Tags: string[] | null;
  Size: number;
  Comment: string;
}

export type ImageDeleteItem = { Untagged: string } | { Deleted: string };

export interface ImagePruneReply {
  ImagesDeleted: ImageDeleteItem[] | null;
  /** Bytes. */
  SpaceReclaimed: number;
}

/** One line of a progress stream (pull, load, import, build). */
export interface ProgressMessage {
  status?: string;
  id?: string;
  progressDetail?: { current?: number; total?: number };
  progress?: string;
  stream?: string;
  aux?: unknown;
  error?: string;
  errorDetail?: { code?: number; message: string };
}
