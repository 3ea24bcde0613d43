export interface Volume {
  readonly name: string;
  /** Where its data is on the host. */
  readonly mountpoint: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Made without a name, for one container; it goes with `rm -v`. */
  readonly anonymous: boolean;
}

/** Volumes of the local driver: a directory each, which outlives containers. */
export interface Volumes {
  get(name: string): Volume | undefined;
  /** By name. */
  list(): Volume[];
  /** Makes a volume, or returns the one of that name. Without a name: 64 hexadecimal digits. @throws invalid */
  create(name?: string, labels?: Readonly<Record<string, string>>): Volume;
  /** Copies an image's directory into a volume that is still empty, with owners and modes. */
  fill(volume: Volume, from: string): Promise<void>;
  /** Removes a volume and its data. Missing is fine. */
  remove(name: string): Promise<void>;
}
