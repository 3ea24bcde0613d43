import { type BerthError, notFound, unavailable, unsupported } from "../../core/index.ts";
import type { Handler, Route } from "../call.ts";

/** Docker's own sentence for every swarm request to a node that is no manager; scripts match on it. */
const NOT_A_MANAGER =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';

const SWARM_FAMILIES = ["/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"];
const METHODS = ["GET", "POST", "DELETE"];

/** Endpoints of the Docker API that this engine does not have: what is missing is said, instead of "page not found". */
const UNOFFERED: Record<string, readonly string[]> = {
  "BuildKit; build with DOCKER_BUILDKIT=0": ["POST /session", "POST /grpc", "POST /build/cancel"],
  "swarm mode": ["POST /swarm/init", "POST /swarm/join"],
  plugins: ["POST /plugins/{name}", "DELETE /plugins/{name}"],
  "pruning volumes": ["POST /volumes/prune", "PUT /volumes/{name}"],
  "networks of your own": [
    "POST /networks/create",
    "POST /networks/prune",
    "POST /networks/{name}/connect",
    "POST /networks/{name}/disconnect",
  ],
  "copying files in and out of containers": [
    "HEAD /containers/{name}/archive",
    "GET /containers/{name}/archive",
    "PUT /containers/{name}/archive",
  ],
  "container statistics": ["GET /containers/{name}/stats"],
  "changing a container's limits": ["POST /containers/{name}/update"],
  "attaching over a websocket": ["GET /containers/{name}/attach/ws"],
  checkpoints: ["GET /containers/{name}/checkpoints", "POST /containers/{name}/checkpoints"],
};

const refusing =
  (error: () => BerthError): Handler =>
  () => {
    throw error();
  };

const swarm = refusing(() => unavailable(NOT_A_MANAGER));

function unoffered(what: string, endpoint: string): Route {
  const [method = "", path = ""] = endpoint.split(" ");
  return { method, path, handle: refusing(() => unsupported(`this engine does not offer ${what}`)) };
}

export const unofferedRoutes: Route[] = [
  {
    method: "GET",
    path: "/plugins/{name}/json",
    handle: ({ name }) => {
      throw notFound(`plugin ${JSON.stringify(name)} not found`);
    },
  },
  { method: "GET", path: "/plugins", handle: ({ reply }) => reply.json(200, []) },
  ...Object.entries(UNOFFERED).flatMap(([what, endpoints]) =>
    endpoints.map((endpoint) => unoffered(what, endpoint)),
  ),
  ...SWARM_FAMILIES.flatMap((family) =>
    METHODS.flatMap((method): Route[] => [
      { method, path: family, handle: swarm },
      { method, path: `${family}/{name}`, handle: swarm },
    ]),
  ),
];
