import type { ConnectionOptions } from "node:tls";
import { digestOf } from "../../../core/index.ts";
import { addressInRange, hostOf, isLoopback, unbracketed } from "./address.ts";
import { readCertificates } from "./certificates.ts";
import { systemRoots } from "./system-roots.ts";

/** How a TLS connection to a host is verified. */
export interface TlsProfile {
  readonly options: ConnectionOptions;
  /** Two profiles with the same key trust the same and show the same. */
  readonly key: string;
}

interface TrustSettings {
  readonly insecure: readonly string[];
  readonly certificates: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Which servers are trusted with what: the settings' insecure registries and certificate directories. */
export class Trust {
  /** The last profile made for a host: making one reads some hundred certificates. */
  readonly #profiles = new Map<string, TlsProfile>();

  constructor(private readonly settings: TrustSettings) {}

  /**
   * Whether certificate errors are passed over at this URL's host, and plain HTTP will do. Ranges are held against
   * literal addresses only: whoever can forge a name's address must not gain by it.
   */
  isInsecure(url: URL): boolean {
    const host = hostOf(url);
    if (isLoopback(host)) return true;
    const port = url.port || "default";
    return this.settings.insecure.some((entry) => {
      if (entry.includes("/")) return addressInRange(host, entry);
      const [, name, written] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) as RegExpExecArray;
      const entryPort = written === undefined || /^(80|443)$/.test(written) ? "default" : written;
      return unbracketed(name as string) === host && entryPort === port;
    });
  }

  /** @throws invalid when a file in the certificate directories is not what its name says */
  async profileOf(url: URL): Promise<TlsProfile> {
    const { createSecureContext, rootCertificates } = await import("node:tls");
    const verify = !this.isInsecure(url);
    const names = url.port === "" ? [url.host, `${url.host}:443`] : [url.host];
    const found = await readCertificates(this.settings.certificates, names);
    // Hashed: our private keys are not kept as keys of maps.
    const key = digestOf(JSON.stringify([verify, found]));
    const slot = found ? url.host : String(verify);
    const known = this.#profiles.get(slot);
    if (known?.key === key) return known;
    const roots = systemRoots(this.settings.environment) ?? rootCertificates;
    const secureContext = createSecureContext({
      ca: [...roots, ...(found?.ca ?? [])],
      ...(found?.client && { cert: found.client.cert, key: found.client.key }),
      minVersion: "TLSv1.2",
    });
    const profile: TlsProfile = { key, options: { secureContext, rejectUnauthorized: verify } };
    this.#profiles.set(slot, profile);
    return profile;
  }
}
