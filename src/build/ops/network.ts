import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Networks } from "../../network/index.ts";
import type { UndoStack } from "../../process/index.ts";
import type { OciMount } from "../../spec/index.ts";
import type { ExecOp } from "../graph/index.ts";
import { stepNamespace } from "./recover.ts";

export interface StepNetwork {
  readonly namespace: "host" | { path: string };
  /** Binds of the files that tell the container its names and name servers. */
  readonly mounts: readonly OciMount[];
}

/** Gives a step's container its network: the bridge, the host's own, or nothing but loopback. */
export async function openStepNetwork(
  networks: Networks,
  op: Pick<ExecOp, "network" | "hostname" | "extraHosts">,
  { id, bundle }: { id: string; bundle: string },
  undo: UndoStack,
): Promise<StepNetwork> {
  const mounts = [
    bind(bundle, "hosts", hostsFile(op)),
    bind(
      bundle,
      "resolv.conf",
      networks.resolvConf({ servers: [], search: [], options: [] }, op.network !== "host"),
    ),
  ];
  if (op.network === "host") return { namespace: "host", mounts };
  const path = stepNamespace(bundle);
  networks.createNamespace(path);
  undo.defer("remove the network namespace", () => networks.removeNamespace(path));
  if (op.network === "default") {
    const endpoint = await networks.connect("bridge", {
      containerId: id,
      containerName: `build-${id.slice(0, 12)}`,
      netnsPath: path,
      ports: [],
    });
    undo.defer("disconnect from the bridge", () => networks.disconnect(endpoint.id));
  }
  return { namespace: { path }, mounts };
}

function hostsFile({ hostname, extraHosts }: Pick<ExecOp, "hostname" | "extraHosts">): string {
  const extra = extraHosts.map(({ host, address }) => `${address}\t${host}\n`);
  return `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n${extra.join("")}`;
}

function bind(bundle: string, name: string, content: string): OciMount {
  const source = join(bundle, name);
  writeFileSync(source, content, { mode: 0o644 });
  return { destination: `/etc/${name}`, type: "bind", source, options: ["rbind", "rprivate"] };
}
