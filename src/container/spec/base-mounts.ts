import type { OciMount } from "../../spec/index.ts";

const SAFE = ["nosuid", "noexec", "nodev"];

/** The kernel file systems every container sees, as Docker mounts them. */
export function baseMounts(options: {
  privileged: boolean;
  shmSize: number;
  /** False where the container shares another IPC namespace: /dev/shm is bound from there. */
  ownIpc: boolean;
}): OciMount[] {
  const readOnly = options.privileged ? [] : ["ro"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: SAFE },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...SAFE, ...readOnly] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: [...readOnly, ...SAFE] },
    ...(options.ownIpc
      ? [
          { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: SAFE },
          {
            destination: "/dev/shm",
            type: "tmpfs",
            source: "shm",
            options: [...SAFE, "mode=1777", `size=${options.shmSize}`],
          },
        ]
      : [
          { destination: "/dev/mqueue", type: "bind", source: "/dev/mqueue", options: ["rbind", ...SAFE] },
          { destination: "/dev/shm", type: "bind", source: "/dev/shm", options: ["rbind", ...SAFE] },
        ]),
  ];
}

/** Kernel interfaces hidden from ordinary containers. */
export const MASKED_PATHS = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];

/** Kernel interfaces that ordinary containers may only read. */
export const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];
