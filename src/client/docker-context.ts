import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, invalid, messageOf, notFound } from "../core/index.ts";
import type { TlsFlags } from "./endpoint.ts";
import { parseHost } from "./host.ts";
import type { Endpoint } from "./types.ts";

type Certificates = { ca?: string; cert?: string; key?: string };

/** The engine of a Docker context, from the store under the client's configuration directory. @throws notFound, invalid */
export function contextEndpoint(configDirectory: string, name: string): Endpoint {
  const id = createHash("sha256").update(name).digest("hex");
  const file = join(configDirectory, "contexts", "meta", id, "meta.json");
  const text = readOptional(file);
  if (text === undefined) {
    throw notFound(`context '${name}': no such context in ${join(configDirectory, "contexts")}`);
  }
  let docker: { Host?: unknown; SkipTLSVerify?: unknown } | undefined;
  try {
    docker = (JSON.parse(text) as { Endpoints?: { docker?: typeof docker } }).Endpoints?.docker;
  } catch (cause) {
    throw invalid(`context '${name}': ${file} is not JSON: ${messageOf(cause)}`, cause);
  }
  if (typeof docker?.Host !== "string" || docker.Host === "") {
    throw invalid(`context '${name}': ${file} names no docker endpoint`);
  }
  const endpoint = parseHost(docker.Host);
  if (endpoint.kind !== "tcp") return endpoint;
  const certificates = pick(join(configDirectory, "contexts", "tls", id, "docker"));
  const secure = Object.keys(certificates).length > 0;
  return {
    ...endpoint,
    port: endpoint.port || (secure ? 2376 : 2375),
    ...(secure && { tls: { ...certificates, verify: docker.SkipTLSVerify !== true } }),
  };
}

/** PEM files by flag, or by their usual names in `directory` where they are there. @throws invalid for a named file that is not */
export function readCertificates(directory: string, flags: TlsFlags): Certificates {
  const named = (flag: string, file: string | undefined) => {
    if (file === undefined) return undefined;
    const text = readOptional(file);
    if (text === undefined) throw invalid(`${flag}: cannot read ${file}`);
    return text;
  };
  const usual = pick(directory);
  const ca = named("--tlscacert", flags.ca) ?? usual.ca;
  const cert = named("--tlscert", flags.cert) ?? usual.cert;
  const key = named("--tlskey", flags.key) ?? usual.key;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function pick(directory: string): Certificates {
  const ca = readOptional(join(directory, "ca.pem"));
  const cert = readOptional(join(directory, "cert.pem"));
  const key = readOptional(join(directory, "key.pem"));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw invalid(`cannot read ${file}: ${messageOf(error)}`, error);
  }
}
