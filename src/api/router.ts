import type { Route } from "./call.ts";

/** Where a request leads. */
export interface Match {
  readonly route: Route;
  readonly name: string;
  /** The version written in the path, without the `v`. */
  readonly version: string | undefined;
}

interface Pattern {
  readonly route: Route;
  readonly prefix: string;
  readonly suffix: string;
}

/** Finds the route of a request. Routes are tried in order; those without a `{name}` first. */
export class Router {
  readonly #fixed = new Map<string, Route>();
  readonly #patterns = new Map<string, Pattern[]>();

  constructor(routes: Iterable<Route>) {
    for (const route of routes) {
      const at = route.path.indexOf("{name}");
      if (at < 0) {
        this.#fixed.set(`${route.method} ${route.path}`, route);
        continue;
      }
      const patterns = this.#patterns.get(route.method) ?? [];
      this.#patterns.set(route.method, patterns);
      patterns.push({
        route,
        prefix: route.path.slice(0, at),
        suffix: route.path.slice(at + "{name}".length),
      });
    }
  }

  match(method: string, path: string): Match | undefined {
    const versioned = /^\/v([0-9.]+)(\/.*)$/s.exec(path);
    const version = versioned?.[1];
    const rest = versioned?.[2] ?? path;
    const fixed = this.#fixed.get(`${method} ${rest}`);
    if (fixed) return { route: fixed, name: "", version };
    for (const { route, prefix, suffix } of this.#patterns.get(method) ?? []) {
      if (!rest.startsWith(prefix) || !rest.endsWith(suffix)) continue;
      const name = rest.slice(prefix.length, rest.length - suffix.length);
      if (rest.length > prefix.length + suffix.length) return { route, name, version };
    }
    return undefined;
  }
}
