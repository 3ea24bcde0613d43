import type { Shape } from "./shape.ts";
import { nilList, nilMap } from "./template/index.ts";

const endpointMaps = (path: string) => [path, `${path}.*.DriverOpts`];

/** Reply of `GET /containers/{id}/json`. */
export const containerShape: Shape = {
  maps: [
    "Config.Labels",
    "Config.ExposedPorts",
    "Config.Volumes",
    "GraphDriver.Data",
    "HostConfig.Annotations",
    "HostConfig.LogConfig.Config",
    "HostConfig.PortBindings",
    "HostConfig.StorageOpt",
    "HostConfig.Sysctls",
    "HostConfig.Tmpfs",
    "NetworkSettings.Ports",
    ...endpointMaps("NetworkSettings.Networks"),
  ],
  pointers: [
    "GraphDriver.Data",
    "HostConfig.Init",
    "HostConfig.MemorySwappiness",
    "HostConfig.OomKillDisable",
    "HostConfig.PidsLimit",
    "NetworkSettings.Networks.*.IPAMConfig",
    "SizeRootFs",
    "SizeRw",
    "State.Health",
  ],
  structs: {
    "": { optional: { SizeRw: null, SizeRootFs: null, ImageManifestDescriptor: null } },
    State: { optional: { Health: null } },
    Config: {
      optional: {
        ArgsEscaped: false,
        ExposedPorts: nilMap(),
        Healthcheck: null,
        MacAddress: "",
        NetworkDisabled: false,
        Shell: nilList(),
        StopSignal: "",
        StopTimeout: null,
      },
    },
    HostConfig: {
      optional: {
        Annotations: nilMap(),
        Init: null,
        Mounts: nilList(),
        StorageOpt: nilMap(),
        Sysctls: nilMap(),
        Tmpfs: nilMap(),
      },
    },
    "Mounts.*": {
      optional: { Name: "", Driver: "" },
      order: ["Type", "Name", "Source", "Destination", "Driver", "Mode", "RW", "Propagation"],
    },
  },
};

/** Reply of `GET /images/{name}/json`. */
export const imageShape: Shape = {
  maps: ["Config.Labels", "Config.ExposedPorts", "Config.Volumes", "GraphDriver.Data"],
  pointers: ["Config.Healthcheck", "Descriptor"],
  times: ["Metadata.LastTagTime"],
  structs: {
    "": { optional: { Variant: "", OsVersion: "", Manifests: nilList(), Descriptor: null } },
    Config: {
      optional: {
        ArgsEscaped: false,
        ExposedPorts: nilMap(),
        Healthcheck: null,
        Shell: nilList(),
        StopSignal: "",
      },
    },
  },
};

/** Reply of `GET /networks/{id}`. */
export const networkShape: Shape = {
  maps: ["Containers", "IPAM.Options", "IPAM.Config.*.AuxiliaryAddresses", "Labels", "Options"],
  pointers: [],
  times: ["Created"],
  structs: {
    "": { optional: { Peers: nilList(), Services: nilMap() } },
    "IPAM.Config.*": {
      optional: { Subnet: "", IPRange: "", Gateway: "", AuxiliaryAddresses: nilMap() },
      order: ["Subnet", "IPRange", "Gateway", "AuxiliaryAddresses"],
    },
  },
};

/** Reply of `GET /volumes/{name}`. */
export const volumeShape: Shape = {
  maps: ["Labels", "Options", "Status"],
  pointers: ["UsageData", "ClusterVolume"],
  structs: { "": { optional: { Status: nilMap(), UsageData: null, ClusterVolume: null, CreatedAt: "" } } },
};
