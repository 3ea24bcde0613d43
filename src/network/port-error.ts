import { type BerthError, codeOf, conflict, invalid, messageOf, unavailable } from "../core/index.ts";
import { portHolder } from "./port-holder.ts";
import type { PublishedPort } from "./types.ts";

/** For whom ports are taken. */
export interface Claimant {
  readonly containerName: string;
  readonly endpointId: string;
  /** The container's address, where connections go that the firewall cannot forward. */
  readonly address: string;
}

/** A port cannot be had, in Docker's words. */
export function portError(claimant: Claimant, what: string, kind = conflict, cause?: unknown): BerthError {
  const { containerName, endpointId } = claimant;
  return kind(
    `driver failed programming external connectivity on endpoint ${containerName} (${endpointId}): ${what}`,
    cause,
  );
}

/** Another container of this engine has the port. */
export function allocatedError(claimant: Claimant, port: PublishedPort, holder: string): BerthError {
  return portError(
    claimant,
    `Bind for ${port.hostIp}:${port.hostPort} failed: port is already allocated (by container ${holder})`,
  );
}

/** The kernel refused to bind the port: the error says why, and where another process has it, which. */
export function bindError(claimant: Claimant, port: PublishedPort, error: unknown): BerthError {
  const { protocol, hostIp, hostPort, containerPort } = port;
  const host = hostIp.includes(":") ? `[${hostIp}]` : hostIp;
  const what = `failed to bind host port for ${host}:${hostPort}:${claimant.address}:${containerPort}/${protocol}`;
  const code = codeOf(error);
  if (code === "EADDRINUSE") {
    const holder = portHolder(protocol, hostPort);
    return portError(claimant, `${what}: address already in use${holder ? ` (by ${holder})` : ""}`);
  }
  if (code === "EADDRNOTAVAIL") {
    return portError(
      claimant,
      `${what}: cannot assign requested address (this host has no address ${hostIp})`,
      invalid,
    );
  }
  return portError(claimant, `${what}: ${code ?? messageOf(error)}`, unavailable, error);
}
