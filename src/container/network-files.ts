import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OciMount } from "../spec/index.ts";

export interface NetworkFiles {
  readonly hostname: string;
  readonly domainname: string;
  /** The container's own address, when it has one. */
  readonly address?: string;
  /** `name:address` pairs; `host-gateway` stands for the bridge's address. */
  readonly extraHosts: readonly string[];
  readonly hostGateway: string;
  readonly resolvConf: string;
}

const LOCAL_HOSTS = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

/** `/etc/hosts` as Docker writes it. */
export function hostsFile(files: NetworkFiles): string {
  const extra = files.extraHosts.map((entry) => {
    const at = entry.search(/[:=]/);
    const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
    return `${address === "host-gateway" ? files.hostGateway : address}\t${entry.slice(0, at)}\n`;
  });
  const names = files.domainname ? `${files.hostname}.${files.domainname} ${files.hostname}` : files.hostname;
  return LOCAL_HOSTS + extra.join("") + (files.address ? `${files.address}\t${names}\n` : "");
}

/** Writes the three files that the engine manages into `directory` and returns the binds that show them inside. */
export function writeNetworkFiles(directory: string, files: NetworkFiles): OciMount[] {
  const contents = {
    "resolv.conf": files.resolvConf,
    hostname: `${files.hostname}\n`,
    hosts: hostsFile(files),
  };
  return Object.entries(contents).map(([name, content]) => {
    const source = join(directory, name);
    writeFileSync(source, content, { mode: 0o644 });
    return { destination: `/etc/${name}`, type: "bind", source, options: ["rbind", "rprivate"] };
  });
}
