import { existsSync } from "node:fs";
import { resolve } from "node:path";

export const projectRoot = resolve(import.meta.dir, "..", "..");

/** The executable under test. */
export const berthBinary = process.env.BERTH_BINARY ?? resolve(projectRoot, "dist", "berth");

/**
 * Set to the address of a real Docker daemon, the scenarios run against it instead of Berth: that is how their
 * expectations are proven. Only the docker CLI runs them then, unless E2E_CLIS says otherwise.
 */
export const oracleHost = process.env.E2E_DOCKER_HOST;

/** The OCI runtime that engines are told to use; their own choice when unset. */
export const engineRuntime = process.env.E2E_RUNTIME;

/** Names of the command lines that run the scenarios. */
export const cliNames = (process.env.E2E_CLIS ?? (oracleHost ? "docker" : "berth,docker")).split(
  ",",
) as CliName[];

export type CliName = "berth" | "docker";

/** The program of a command line, or undefined when it is not on this machine. */
export function programOf(name: CliName): string | undefined {
  if (name === "docker") return Bun.which("docker") ?? undefined;
  return existsSync(berthBinary) ? berthBinary : undefined;
}
