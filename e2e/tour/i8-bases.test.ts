/** I8: images of every size run, from one static program to a whole distribution; their sizes are shown truly. */
import { beforeAll, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { debianTar, whyNoDebian } from "../harness/debian.ts";
import { bothClis, busybox, directoryOf, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("i8").use();
const withoutDebian = await whyNoDebian();

bothClis(engine, (cli) => {
  /** The rows of a table that name this repository, cut at the columns of its head. */
  async function row(name: string, ...args: string[]): Promise<Record<string, string>> {
    const [repository] = name.split(":");
    const lines = (await cli.ok(...args)).split("\n");
    const head = lines.find((line) => line.startsWith("REPOSITORY")) ?? "";
    const line = lines.find((one) => one.startsWith(`${repository} `)) ?? "";
    const columns = [...head.matchAll(/\S+( \S+)*/g)];
    return Object.fromEntries(
      columns.map(({ 0: title, index }, i) => [title, line.slice(index, columns[i + 1]?.index).trim()]),
    );
  }
  const bytesOf = (shown = "") => {
    const [, number = "", unit = ""] = /^([\d.]+)([kMG]?)B/.exec(shown) ?? [];
    return Number(number) * { "": 1, k: 1e3, M: 1e6, G: 1e9 }[unit as "k"];
  };

  test("one static program on scratch", async () => {
    const image = cli.image("scratch");
    const program = await Bun.file(busybox).bytes();
    using context = await directoryOf({
      Dockerfile: 'FROM scratch\nCOPY --chmod=755 busybox /\nENTRYPOINT ["/busybox"]\n',
      busybox: program,
    });
    // Docker's classic builder has no --chmod.
    if (engine.isOracle) {
      await Bun.write(
        `${context.path}/Dockerfile`,
        'FROM scratch\nCOPY busybox /\nENTRYPOINT ["/busybox"]\n',
      );
      Bun.spawnSync(["chmod", "755", `${context.path}/busybox`]);
    }
    await cli.ok("build", "-t", image, context.path);
    expect(await cli.ok("run", "--rm", image, "echo", "alone")).toBe("alone");
    const { Size, RootFS } = await cli.inspectImage(image);
    expect(RootFS.Layers.length).toBe(1);
    expect(Size).toBe(statSync(busybox).size);
    const shown = await row(image, "images");
    expect(Math.abs(bytesOf(shown.SIZE) - Size)).toBeLessThan(Size / 100);
  });

  test("sizes: each layer counts once, and what is shared is told", async () => {
    const [ground, one, two] = ["ground", "one", "two"].map((name) => cli.image(`size-${name}`)) as [
      string,
      string,
      string,
    ];
    const build = async (name: string, dockerfile: string) => {
      using context = await directoryOf({ Dockerfile: dockerfile });
      await cli.ok("build", "-t", name, context.path);
    };
    // Names of their own: what the other client built would share the layers.
    const file = (name: string) => `/${cli.unique(name)}`;
    await build(ground, `FROM ${engine.base}\nRUN head -c 3000000 /dev/zero > ${file("three")}\n`);
    await build(one, `FROM ${ground}\nRUN head -c 2000000 /dev/zero > ${file("two")}\n`);
    await build(two, `FROM ${ground}\nRUN head -c 1000000 /dev/zero > ${file("one")}\n`);
    const size = async (name: string) => (await cli.inspectImage(name)).Size;
    const base = await size(engine.base);
    expect(await size(ground)).toBe(base + 3_000_000);
    expect(await size(one)).toBe(base + 5_000_000);
    expect(await size(two)).toBe(base + 4_000_000);
    const usage = await row(one, "system", "df", "-v");
    const [shared, unique] = [bytesOf(usage["SHARED SIZE"]), bytesOf(usage["UNIQUE SIZE"])];
    expect(Math.abs(shared + unique - (base + 5_000_000))).toBeLessThan(20_000);
    // Docker's classic builder keeps an image for each step, which shares the layers of the last one.
    if (!engine.isOracle) expect(Math.abs(unique - 2_000_000)).toBeLessThan(20_000);
  });

  if (withoutDebian) test.skip(`a whole distribution: not run, ${withoutDebian}`, () => {});
  else {
    const debian = cli.image("debian");
    beforeAll(async () => {
      await cli.ok("import", "-c", 'CMD ["bash"]', await debianTar(), debian);
    }, 400_000);

    test("a whole distribution: its shell, its libraries, its accounts", async () => {
      const run = (...command: string[]) => cli.ok("run", "--rm", debian, ...command);
      expect(await run("cat", "/etc/debian_version")).toMatch(/\S/);
      expect(
        await run("bash", "-c", "set -o pipefail; seq 5 | paste -sd+ | tr 1 9; echo $BASH_VERSION | cut -c1"),
      ).toMatch(/^9\+2\+3\+4\+5\n\d$/);
      // Names come through the C library's own modules.
      expect(await run("getent", "passwd", "root")).toStartWith("root:x:0:0:");
      expect(await run("perl", "-e", 'print join ",", map { $_ * 2 } 1..3')).toBe("2,4,6");
      expect(Number(await run("sh", "-c", "dpkg -l | grep -c ^ii"))).toBeGreaterThan(50);
      expect(await run("find", "/usr/bin/su", "-perm", "-4000")).toBe("/usr/bin/su");
    }, 120_000);

    test("a whole distribution as the ground of a build", async () => {
      using context = await directoryOf({
        Dockerfile: `FROM ${debian}\nRUN useradd -m -u 1234 worker && dpkg-query -W bash > /home/worker/version\nUSER worker\nWORKDIR /home/worker\nCMD ["sh", "-c", "id -un; cut -f1 version"]\n`,
      });
      const image = cli.image("on-debian");
      await cli.ok("build", "-t", image, context.path);
      expect(await cli.ok("run", "--rm", image)).toBe("worker\nbash");
    }, 120_000);

    test("its size is that of its files", async () => {
      const listing = Bun.spawnSync(["tar", "-tvf", await debianTar()]).stdout.toString();
      const files = listing.split("\n").filter((line) => line.startsWith("-"));
      const sum = files.reduce((total, line) => total + Number(line.split(/ +/)[2]), 0);
      const { Size } = await cli.inspectImage(debian);
      expect(Math.abs(Size - sum)).toBeLessThan(sum / 100);
      expect(bytesOf((await row(debian, "images")).SIZE) / sum).toBeCloseTo(1, 1);
    });
  }
});
