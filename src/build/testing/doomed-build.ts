/** A process that builds until it is killed: `doomed-build.ts DIRECTORY BRIDGE`. Says "begun" when its step runs. */
import { TestHost } from "./host.ts";

const [directory, bridge] = process.argv.slice(2);
const host = await TestHost.open(directory, bridge);
await host.builder.build(
  {
    ...host.request("FROM base\nRUN echo begun; sleep 1000"),
    networkMode: "default",
  },
  ({ stream }) => {
    if (stream?.includes("begun\n")) process.stdout.write("begun\n");
  },
);
