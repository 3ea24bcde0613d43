import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OciRuntimeSpec } from "../spec/index.ts";
import { bundleFiles } from "./bundle-files.ts";

/** What a bundle asks of its runtime. */
export function readBundleConfig(bundle: string): OciRuntimeSpec {
  return JSON.parse(readFileSync(join(bundle, bundleFiles.config), "utf8")) as OciRuntimeSpec;
}
