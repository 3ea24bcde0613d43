/** C8: processes, host name, network, mounts and users of a container are its own, seen from inside and outside. */
import { beforeAll, expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { bothClis, TestEngine } from "../harness/index.ts";

const engine = new TestEngine("c8").use();

bothClis(engine, (cli) => {
  const one = cli.unique("one");
  const two = cli.unique("two");
  let id = "";

  beforeAll(async () => {
    id = await cli.ok("run", "-d", "--name", one, engine.base, "sleep", "7771");
    await cli.ok("run", "-d", "--name", two, engine.base, "sleep", "7772");
  });

  test("namespaces are neither the host's nor the neighbour's", async () => {
    const pids = [(await cli.inspect(one)).State.Pid, (await cli.inspect(two)).State.Pid];
    for (const kind of ["pid", "net", "mnt", "uts", "ipc"]) {
      const [first, second] = pids.map((pid) => readlinkSync(`/proc/${pid}/ns/${kind}`));
      const host = readlinkSync(`/proc/self/ns/${kind}`);
      expect(new Set([first, second, host]).size).toBe(3);
      expect(await cli.inside(one, "readlink", `/proc/self/ns/${kind}`)).toBe(first ?? "");
    }
  });

  test("process numbers: its own first process is 1, and nothing else is seen", async () => {
    const seen = (await cli.inside(one, "ps", "-o", "pid,args"))
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
    expect(seen).toEqual([
      expect.stringMatching(/^1 +sleep 7771$/),
      expect.stringMatching(/^\d+ +ps -o pid,args$/),
    ]);
    const { State } = await cli.inspect(two);
    expect((await cli.run(["exec", one, "kill", "-0", String(State.Pid)])).code).not.toBe(0);
  });

  test("top shows the same processes by the host's numbers", async () => {
    const lines = (await cli.ok("top", one)).split("\n");
    expect(lines[0]).toContain("PID");
    expect(lines.length).toBe(2);
    expect(lines[1]).toContain("sleep 7771");
    expect(lines[1]).toContain(String((await cli.inspect(one)).State.Pid));
  });

  test("host name: the short id, and not the machine's", async () => {
    expect(await cli.inside(one, "hostname")).toBe(id.slice(0, 12));
    expect(await cli.inside(one, "hostname")).not.toBe(hostname());
    expect((await cli.run(["exec", one, "hostname", "changed"])).code).not.toBe(0);
    expect(await cli.inside(one, "cat", "/etc/hostname")).toBe(id.slice(0, 12));
    expect(await cli.ok("run", "--rm", "--hostname", "mine", engine.base, "hostname")).toBe("mine");
  });

  test("network: loopback and one interface of its own, with an address no neighbour has", async () => {
    const interfaces = async (name: string) =>
      (await cli.inside(name, "ls", "/sys/class/net"))
        .split(/\s+/)
        .filter((link) => !/^(tunl|ip6|sit|gre|erspan|ip_vti|ip6_vti|ifb)/.test(link));
    expect(await interfaces(one)).toEqual(["eth0", "lo"]);
    const address = async (name: string) => (await cli.inspect(name)).NetworkSettings.IPAddress;
    expect(await address(one)).not.toBe(await address(two));
    expect(await cli.inside(one, "ip", "-4", "-o", "addr", "show", "eth0")).toContain(
      `inet ${await address(one)}/`,
    );
    expect(await cli.inside(one, "cat", "/etc/hosts")).toContain(`${await address(one)}\t${id.slice(0, 12)}`);
  });

  test("network: the same port can be used by every container", async () => {
    for (const name of [one, two]) {
      const script = `echo ${name} > /tmp/index.html; httpd -p 80 -h /tmp; wget -qO- http://127.0.0.1/`;
      expect(await cli.inside(name, "sh", "-c", script)).toBe(name);
    }
  });

  test("--network none has loopback alone, --network host is the host's", async () => {
    const links = await cli.ok(
      "run",
      "--rm",
      "--network",
      "none",
      engine.base,
      "ip",
      "-o",
      "link",
      "show",
      "up",
    );
    expect(links.split("\n").length).toBe(1);
    expect(links).toContain("lo:");
    const host = await cli.ok(
      "run",
      "--rm",
      "--network",
      "host",
      engine.base,
      "readlink",
      "/proc/self/ns/net",
    );
    expect(host).toBe(readlinkSync("/proc/self/ns/net"));
  });

  test("mounts: an overlay as root, the usual kernel filesystems, three small files, nothing of the host", async () => {
    const mounts = (await cli.inside(one, "cat", "/proc/self/mounts"))
      .split("\n")
      .map((line) => line.split(" "));
    const at = (point: string) => mounts.find(([, where]) => where === point)?.[2];
    expect(at("/")).toBe("overlay");
    expect(at("/proc")).toBe("proc");
    expect(at("/dev")).toBe("tmpfs");
    expect(at("/dev/pts")).toBe("devpts");
    expect(at("/dev/mqueue")).toBe("mqueue");
    expect(at("/dev/shm")).toBe("tmpfs");
    expect(at("/sys")).toBe("sysfs");
    const points = mounts.map(([, where]) => where ?? "");
    const usual = /^\/$|^\/(proc|sys|dev)(\/|$)|^\/etc\/(resolv\.conf|hostname|hosts)$/;
    expect(points.filter((point) => !usual.test(point))).toEqual([]);
    expect(await cli.inside(one, "df", "-k", "/dev/shm")).toContain("65536");
    expect(await cli.inside(one, "sh", "-c", "ls / | sort | tr '\\n' ' '")).toBe(
      "bin dev etc home proc root sys tmp",
    );
  });

  test("a mount made on the host later does not appear inside, and inside none can be made", async () => {
    const { code, stderr } = await cli.run(["exec", one, "mount", "-t", "tmpfs", "none", "/tmp"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("denied");
  });

  test("users: root inside, others by name and number", async () => {
    expect(await cli.inside(one, "id")).toBe("uid=0(root) gid=0(root) groups=0(root)");
    expect(await cli.ok("exec", "-u", "app", one, "id")).toBe(
      "uid=1000(app) gid=1000(app) groups=50(staff),1000(app)",
    );
    expect(await cli.ok("run", "--rm", "-u", "1234:5678", engine.base, "sh", "-c", "id -u; id -g")).toBe(
      "1234\n5678",
    );
    expect(await cli.ok("run", "--rm", "-u", "nobody", engine.base, "id", "-un")).toBe("nobody");
    const unknown = await cli.run(["run", "--rm", "-u", "ghost", engine.base, "true"]);
    expect(unknown.code).toBe(125);
    expect(unknown.stderr).toContain("unable to find user ghost");
  });

  test("shared memory and semaphores are each container's own", async () => {
    await cli.inside(one, "sh", "-c", "echo secret > /dev/shm/note");
    expect((await cli.run(["exec", two, "cat", "/dev/shm/note"])).code).not.toBe(0);
  });
});
