import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, invalid } from "../../../core/index.ts";

/** What the certificate directories have for one registry. PEM texts. */
export interface RegistryCertificates {
  /** Trusted besides the system's. */
  readonly ca: readonly string[];
  /** Shown to the registry. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
}

/** A file larger than this is no certificate, in bytes. */
const MAX_FILE = 1 << 20;

/**
 * `DIRECTORY/HOST[:PORT]/`: every `*.crt` is a certificate authority, `NAME.cert` with `NAME.key` our own
 * certificate; of several, the first by name is shown. Undefined where there is nothing.
 * @param names the folder's possible names, e.g. `example.com` and `example.com:443`
 * @throws invalid when a certificate lacks its key or a file cannot be read
 */
export async function readCertificates(
  directories: readonly string[],
  names: readonly string[],
): Promise<RegistryCertificates | undefined> {
  const ca: string[] = [];
  let client: RegistryCertificates["client"];
  for (const directory of directories) {
    for (const name of names.filter(isFolderName)) {
      const folder = join(directory, name);
      const files = await list(folder);
      for (const file of files) {
        if (file.endsWith(".crt")) ca.push(await pem(join(folder, file)));
        if (file.endsWith(".key") && !files.includes(`${file.slice(0, -4)}.cert`)) {
          throw invalid(`missing client certificate ${file.slice(0, -4)}.cert for key ${join(folder, file)}`);
        }
        if (!file.endsWith(".cert")) continue;
        const key = `${file.slice(0, -5)}.key`;
        if (!files.includes(key)) {
          throw invalid(
            `missing key ${key} for client certificate ${join(folder, file)}: certificate authorities should use the extension .crt`,
          );
        }
        client ??= { cert: await pem(join(folder, file)), key: await pem(join(folder, key)) };
      }
    }
  }
  return ca.length === 0 && !client ? undefined : { ca, client };
}

/** A redirect may name any host, and a URL's host may be "..". */
const isFolderName = (name: string) => /^[a-z0-9[]/i.test(name) && !/[/\0]/.test(name);

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw invalid(`cannot read the certificates in ${folder}: ${codeOf(error)}`, error);
  }
}

async function pem(path: string): Promise<string> {
  const text = await readFile(path, "latin1").catch((error) => {
    throw invalid(`cannot read the certificate ${path}: ${codeOf(error)}`, error);
  });
  if (text.length > MAX_FILE || !text.includes("-----BEGIN ")) {
    throw invalid(`${path} is not a certificate or key in PEM form`);
  }
  return text;
}
