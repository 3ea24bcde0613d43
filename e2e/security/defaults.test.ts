/**
 * What a container may do when nobody says anything: exactly what Docker lets it do. Every expectation below was
 * read from a container of Docker 28.
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, symlinkSync } from "node:fs";
import { bothClis, busybox, directoryOf, TestEngine } from "../harness/index.ts";
import { systemCallProbe } from "./system-call-probe.ts";

const engine = new TestEngine("security").use();
const DOCKER_CAPABILITIES = "00000000a80425fb";
const NONE = "0000000000000000";
const EPERM = 1;
const ENOSYS = 38;
const NEW_USER_NAMESPACE = 0x10000000;
const SIGCHLD = 17;

/** x86-64 system calls and their arguments; the ones that are let through answer as the kernel does. */
const LET_THROUGH: Record<string, [number, ...number[]]> = {
  getpid: [39],
  "socket(AF_INET)": [41, 2, 1, 0],
  "socket(AF_NETLINK)": [41, 16, 3, 0],
  "socket(AF_PACKET)": [41, 17, 3, 0],
  "ptrace(TRACEME)": [101],
  "personality(query)": [135, 0xffffffff],
  memfd_create: [319, 0x400000],
  process_vm_readv: [310],
  modify_ldt: [154],
};
const REFUSED: Record<string, [number, ...number[]]> = {
  "socket(AF_VSOCK)": [41, 40, 1, 0],
  "personality(ADDR_NO_RANDOMIZE)": [135, 0x40000],
  "unshare(NEWUSER)": [272, NEW_USER_NAMESPACE],
  "clone(NEWUSER)": [56, NEW_USER_NAMESPACE | SIGCHLD],
  acct: [163],
  add_key: [248],
  bpf: [321],
  clock_settime: [227],
  delete_module: [176],
  fanotify_init: [300],
  finit_module: [313],
  fsmount: [432],
  fsopen: [430],
  init_module: [175],
  io_uring_setup: [425],
  ioperm: [173, 0, 1, 1],
  iopl: [172],
  kcmp: [312],
  kexec_load: [246],
  keyctl: [250],
  lookup_dcookie: [212],
  mbind: [237],
  mount: [165],
  mount_setattr: [442],
  move_mount: [429],
  move_pages: [279],
  nfsservctl: [180],
  open_by_handle_at: [304],
  open_tree: [428],
  perf_event_open: [298],
  pivot_root: [155],
  quotactl: [179],
  reboot: [169],
  request_key: [249],
  set_mempolicy: [238],
  sethostname: [170],
  setns: [308, 0xffffffff],
  settimeofday: [164],
  swapoff: [168],
  swapon: [167],
  sysfs: [139],
  syslog: [103],
  umount2: [166],
  uselib: [134],
  userfaultfd: [323],
  ustat: [136],
  vhangup: [153],
};
/** C libraries fall back to the older call when they read "not implemented". */
const NOT_IMPLEMENTED: Record<string, [number, ...number[]]> = {
  clone3: [435],
  "a call of the future": [999],
};

const READ_ONLY_BELOW_PROC = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"];

bothClis(engine, (cli) => {
  const name = cli.unique("box");
  const inside = (...command: string[]) => cli.inside(name, ...command);
  const shell = (script: string) => inside("sh", "-c", script);
  const fails = async (...command: string[]) => {
    const { code, stderr } = await cli.run(["exec", name, ...command]);
    expect(code).not.toBe(0);
    return stderr;
  };

  beforeAll(async () => {
    await cli.ok("run", "-d", "--name", name, engine.base, "sleep", "100000");
  });

  async function status(...runFlags: string[]): Promise<Record<string, string>> {
    const text = await cli.ok("run", "--rm", ...runFlags, engine.base, "cat", "/proc/self/status");
    return Object.fromEntries(text.split("\n").map((line) => line.split(/:\s*/, 2) as [string, string]));
  }

  test("capabilities: Docker's set for root, none in effect for others", async () => {
    expect(await status()).toMatchObject({
      CapInh: NONE,
      CapPrm: DOCKER_CAPABILITIES,
      CapEff: DOCKER_CAPABILITIES,
      CapBnd: DOCKER_CAPABILITIES,
      CapAmb: NONE,
      NoNewPrivs: "0",
      Seccomp: "2",
    });
    expect(await status("-u", "app")).toMatchObject({
      CapPrm: NONE,
      CapEff: NONE,
      CapBnd: DOCKER_CAPABILITIES,
      CapAmb: NONE,
      Seccomp: "2",
    });
  });

  test("filters: none where none is wanted, and annotations bring no other", async () => {
    expect((await status("--privileged")).Seccomp).toBe("0");
    expect((await status("--security-opt", "seccomp=unconfined")).Seccomp).toBe("0");
    const annotation = ["--annotation", "run.oci.seccomp_bpf_data=BgAAAAAA/38="];
    const { code, stderr } = await cli.run(["run", "--rm", ...annotation, engine.base, "true"]);
    if (engine.isOracle) return;
    expect(code).toBe(125);
    expect(stderr).toContain("annotation run.oci.seccomp_bpf_data is not allowed");
  });

  test("exec has the container's capabilities and filter, not more", async () => {
    const text = await inside("cat", "/proc/self/status");
    for (const [field, value] of Object.entries({
      CapEff: DOCKER_CAPABILITIES,
      CapBnd: DOCKER_CAPABILITIES,
      Seccomp: "2",
    })) {
      expect(text).toContain(`${field}:\t${value}`);
    }
    const asApp = await cli.ok("exec", "-u", "app", name, "cat", "/proc/self/status");
    expect(asApp).toContain(`CapEff:\t${NONE}`);
  });

  test("--cap-drop, --cap-add, no-new-privileges and --read-only tighten or widen it", async () => {
    expect((await status("--cap-drop", "ALL")).CapEff).toBe(NONE);
    expect((await status("--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE")).CapEff).toBe(
      "0000000000000400",
    );
    expect((await status("--cap-add", "SYS_TIME")).CapEff).toBe("00000000aa0425fb");
    expect((await status("--security-opt", "no-new-privileges")).NoNewPrivs).toBe("1");
    const { code, stderr } = await cli.run(["run", "--rm", "--read-only", engine.base, "touch", "/file"]);
    expect(code).toBe(1);
    expect(stderr).toContain("Read-only file system");
  });

  describe.skipIf(process.arch !== "x64")("system calls", () => {
    const answers: Record<string, Record<string, number>> = {};

    beforeAll(async () => {
      const calls = Object.entries({ ...LET_THROUGH, ...REFUSED, ...NOT_IMPLEMENTED });
      using context = await directoryOf({
        Dockerfile: `FROM ${engine.base}\nCOPY probes /probes\nRUN chmod 755 /probes/*\n`,
        ...Object.fromEntries(
          calls.map(([, [number, ...args]], index) => [`probes/${index}`, systemCallProbe(number, args)]),
        ),
      });
      const image = cli.image("probes");
      await cli.ok("build", "-t", image, context.path);
      const script = `i=0; while [ $i -lt ${calls.length} ]; do /probes/$i; echo $?; i=$((i+1)); done`;
      const box = cli.unique("probes");
      await cli.ok("run", "-d", "--name", box, image, "sleep", "100000");
      const commands = {
        run: ["run", "--rm", image],
        "run --security-opt no-new-privileges": ["run", "--rm", "--security-opt", "no-new-privileges", image],
        exec: ["exec", box],
      };
      for (const [way, command] of Object.entries(commands)) {
        const codes = (await cli.ok(...command, "sh", "-c", script)).split("\n").map(Number);
        answers[way] = Object.fromEntries(calls.map(([call], index) => [call, codes[index] ?? -1]));
      }
    });

    const answered = (way: string, calls: object) =>
      Object.fromEntries(Object.keys(calls).map((call) => [call, answers[way]?.[call] ?? -1]));
    const all = (calls: object, code: number) =>
      Object.fromEntries(Object.keys(calls).map((call) => [call, code]));

    describe.each(["run", "run --security-opt no-new-privileges", "exec"])("in %s", (way) => {
      test("ordinary ones go through", () => expect(answered(way, LET_THROUGH)).toEqual(all(LET_THROUGH, 0)));
      test("dangerous ones are refused", () => expect(answered(way, REFUSED)).toEqual(all(REFUSED, EPERM)));
      test("some are said not to exist", () =>
        expect(answered(way, NOT_IMPLEMENTED)).toEqual(all(NOT_IMPLEMENTED, ENOSYS)));
    });
  });

  test("masked paths show nothing", async () => {
    for (const file of [
      "/proc/kcore",
      "/proc/keys",
      "/proc/timer_list",
      "/proc/sched_debug",
      "/proc/latency_stats",
      "/proc/interrupts",
    ]) {
      expect(await shell(`[ ! -e ${file} ] || [ "$(stat -c %t:%T ${file})" = 1:3 ] && echo masked`)).toBe(
        "masked",
      );
    }
    for (const folder of ["/proc/acpi", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"]) {
      expect(await shell(`ls -A ${folder} 2>/dev/null | wc -l`)).toBe("0");
    }
  });

  test("kernel settings are read-only", async () => {
    for (const file of [
      "/proc/sys/kernel/hostname",
      "/proc/sys/vm/swappiness",
      "/proc/sysrq-trigger",
      "/sys/kernel/mm/ksm/run",
    ]) {
      expect(await fails("sh", "-c", `echo 1 > ${file}`)).toMatch(
        /Read-only file system|Permission denied|nonexistent/,
      );
    }
    const mounts = (await inside("cat", "/proc/self/mounts")).split("\n").map((line) => line.split(" "));
    const options = (point: string) => mounts.findLast(([, where]) => where === point)?.[3]?.split(",") ?? [];
    for (const point of [...READ_ONLY_BELOW_PROC, "/sys"]) expect(options(point)).toContain("ro");
    for (const flag of ["nosuid", "nodev", "noexec"]) {
      expect(options("/proc")).toContain(flag);
      expect(options("/sys")).toContain(flag);
    }
    for (const [, point, type, flags] of mounts) {
      if (type === "cgroup" || type === "cgroup2") expect(`${point} ${flags}`).toMatch(/ ro,/);
    }
    for (const flag of ["nosuid", "nodev", "noexec"]) expect(options("/dev/shm")).toContain(flag);
  });

  // Some runtimes lose these flags where they make a part of /proc read-only. What they stand for must hold all the same.
  test.each(READ_ONLY_BELOW_PROC)("%s: no device, nothing to execute, nothing set-user-ID", async (point) => {
    const unwanted = "-type b -o -type c -o -type f -perm /111 -o -perm /6000";
    expect(await shell(`find ${point} /bin/busybox ${unwanted}`)).toBe("/bin/busybox");
    for (const change of ["mknod $d/new c 1 3", "mkdir $d/new", "ln -s /bin/busybox $d/new"]) {
      // procfs knows of no new files, read-only or not.
      expect(await fails("sh", "-c", `d=${point}; ${change}`)).toMatch(/Read-only|No such file or directory/);
    }
    expect(await fails("chmod", "4755", point)).toContain("Read-only file system");
    expect(await fails("mount", "-o", "remount,rw,suid,dev,exec", point)).toContain("permission denied");
    // Only /proc/sys is sure to have files.
    const file = await shell(`find ${point} -type f | head -n 1`);
    if (file) {
      expect(await fails("chmod", "4755", file)).toContain("Read-only file system");
      expect(await fails("sh", "-c", `exec ${file}`)).toMatch(/[Pp]ermission denied/);
    }
  });

  test("devices: the harmless few, and no others can be used", async () => {
    // runc adds /dev/core where the host has /proc/kcore.
    const devices = (await inside("ls", "/dev")).split(/\s+/).filter((device) => device !== "core");
    expect(devices).toEqual([
      ...["fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm"],
      ...["stderr", "stdin", "stdout", "tty", "urandom", "zero"],
    ]);
    expect(
      await shell("head -c 4 /dev/urandom | wc -c; head -c 4 /dev/zero | od -An -tx1; echo x > /dev/null"),
    ).toContain("4");
    // A node may be made (CAP_MKNOD), but the devices control group refuses its use.
    expect(await shell("mknod /tmp/null c 1 3 && echo ok > /tmp/null && echo written")).toBe("written");
    for (const node of [
      "mem c 1 1",
      "port c 1 4",
      "kmsg c 1 11",
      "disk b 254 0",
      "loop b 7 0",
      "fuse c 10 229",
    ]) {
      const [file] = node.split(" ") as [string];
      expect(await fails("sh", "-c", `mknod /tmp/${node}; head -c 1 /tmp/${file}`)).toContain(
        "Operation not permitted",
      );
    }
  });

  test("process limits and scores are as Docker's", async () => {
    expect(await inside("cat", "/proc/self/oom_score_adj")).toBe("0");
    expect(await inside("cat", "/proc/sys/net/ipv4/ip_unprivileged_port_start")).toBe("0");
    expect(
      await cli.ok("exec", "-u", "app", name, "sh", "-c", "httpd -p 127.0.0.1:80 -h /tmp && echo bound"),
    ).toBe("bound");
  });

  test("the host is out of reach", async () => {
    await fails("mount", "-t", "proc", "proc", "/mnt");
    await fails("mount", "-o", "remount,rw", "/proc/sys");
    await fails("nsenter", "-t", "1", "-n", "true");
    await fails("unshare", "-m", "true");
    expect(await inside("sh", "-c", "ls /proc/1/root/bin | head -1")).toBe("[");
    expect(await shell("cd /proc/self/cwd/../../../..; pwd; ls -d bin etc")).toBe("/\nbin\netc");
  });

  test("links in the image cannot lead the engine outside of the container", async () => {
    const outside = `/var/tmp/berth-e2e-outside-${engine.token}-${cli.name}`;
    using context = await directoryOf({
      Dockerfile: [
        "FROM scratch",
        "COPY tree /",
        // Through the link: made inside the image, never on the host.
        "WORKDIR /up/var/tmp",
        `COPY Dockerfile /up${outside}`,
        'CMD ["/bin/busybox", "ls", "-l", "/"]',
        "",
      ].join("\n"),
      "tree/bin/busybox": new Uint8Array(await Bun.file(busybox).arrayBuffer()),
    });
    chmodSync(`${context.path}/tree/bin/busybox`, 0o755);
    symlinkSync("../../../../../../..", `${context.path}/tree/up`);
    // The engine writes /etc/hostname and its like for every container.
    symlinkSync("/up/etc", `${context.path}/tree/etc`);
    const image = cli.image("links");
    // A run may be refused for it (runc does), but must not write outside.
    const before = await Bun.file("/etc/hostname").text();
    const built = await cli.run(["build", "-t", image, context.path]);
    await cli.run(["run", "--rm", "--hostname", "intruder", "-v", `/up${outside}`, image]);
    expect(built.code).toBe(0);
    expect(await Bun.file("/etc/hostname").text()).toBe(before);
    expect(existsSync(outside)).toBe(false);
  });
});
