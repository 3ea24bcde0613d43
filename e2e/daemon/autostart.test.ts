/** Commands that find nobody at the default socket start the engine; what npm run quickstart promises. */
import { expect, test } from "bun:test";
import { onMachineOfItsOwn } from "../harness/machine.ts";
import { berthBinary, oracleHost, projectRoot } from "../harness/settings.ts";

const berth = JSON.stringify(berthBinary);

test.skipIf(oracleHost !== undefined)(
  "the first command starts the engine, the second finds it",
  async () => {
    const { code, stdout, stderr } = await onMachineOfItsOwn(`
    ${berth} ps --format '{{.Names}}'
    first=$(cat /run/berth/lock)
    ${berth} version --format 'server {{.Server.APIVersion}}'
    [ "$first" = "$(cat /run/berth/lock)" ] && echo "the same engine"
    ls /run/berth/berth.sock /var/lib/berth/berth.db
    kill -TERM "$first"; while kill -0 "$first" 2>/dev/null; do sleep 0.05; done
    [ ! -e /run/berth/berth.sock ] && echo "ended"
  `);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trim().split("\n")).toEqual([
      "server 1.51",
      "the same engine",
      "/run/berth/berth.sock",
      "/var/lib/berth/berth.db",
      "ended",
    ]);
  },
);

test.skipIf(oracleHost !== undefined)("many first commands at once start one engine", async () => {
  const { code, stdout, stderr } = await onMachineOfItsOwn(`
    for i in 1 2 3 4 5 6; do ${berth} ps -q > /run/out.$i 2>&1 & done
    wait
    cat /run/out.*
    # Those that came second are still on their way out.
    sleep 1
    grep -lz '^daemon$' /proc/[0-9]*/cmdline 2> /dev/null | wc -l
  `);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  // No command complained, and one engine is left.
  expect(stdout.trim()).toBe("1");
});

test.skipIf(oracleHost !== undefined)("an address that was named is never started", async () => {
  const { stdout } = await onMachineOfItsOwn(`
    ${berth} -H unix:///run/other.sock ps && echo "answered"
    DOCKER_HOST=unix:///run/other.sock ${berth} ps && echo "answered"
    ls /run/berth 2>/dev/null; true
  `);
  expect(stdout).toBe("");
});

test.skipIf(oracleHost !== undefined)(
  "npm run quickstart: from nothing to a page, and again",
  async () => {
    const quickstart = `node ${JSON.stringify(`${projectRoot}/scripts/quickstart.mjs`)}`;
    const { code, stdout, stderr } = await onMachineOfItsOwn(`
    ${quickstart} && ${quickstart}
    ${berth} ps --format '{{.Names}} {{.Image}} {{.Ports}}'
    ${berth} rm -f berth-hello
    ${berth} images --format '{{.Repository}}'
    ${berth} rmi berth-hello > /dev/null
    kill -TERM "$(cat /run/berth/lock)"
  `);
    expect({ code, stderr: code === 0 ? "" : `${stderr}${stdout}` }).toEqual({ code: 0, stderr: "" });
    // The build of dist/berth is a step of its own where there is something to build.
    const steps = (stderr.match(/✓ (engine|image|container|page)/g) ?? []).map((step) => step.slice(2));
    expect(steps).toEqual(["engine", "image", "container", "page", "engine", "image", "container", "page"]);
    expect(stderr).toContain("already running");
    expect(stdout).toContain("Open http://127.0.0.1:8080/");
    const [row, repository] = stdout.trim().split("\n").slice(-3);
    expect(row).toStartWith("berth-hello berth-hello 0.0.0.0:8080->8080/tcp");
    expect(repository).toBe("berth-hello");
  },
  120_000,
);
