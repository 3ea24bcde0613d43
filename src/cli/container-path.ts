import { invalid } from "../core/index.ts";
import { pathName } from "./api-path.ts";

/** The API path of a container. @throws invalid for an empty name, which would mean another resource */
export function containerPath(name: string): string {
  if (name.trim() === "") throw invalid("invalid container name or ID: value is empty");
  return `/containers/${pathName(name)}`;
}
