export * from "./cgroup.ts";
export { bzip2Decoder } from "./codec/bzip2-decoder.ts";
export type { StreamDecoder } from "./codec/stream-decoder.ts";
export { xzDecoder } from "./codec/xz-decoder.ts";
export { KernelError } from "./errno.ts";
export type { Path } from "./ffi.ts";
export * from "./file.ts";
export * from "./limits.ts";
export * from "./lock.ts";
export * from "./mount.ts";
export * from "./netns.ts";
export { Nftables, NftError } from "./nft.ts";
export { forgetUdpFlows, type UdpFlow } from "./nft-flows.ts";
export { type MapChange, NftMaps } from "./nft-map.ts";
export * from "./pipe.ts";
export * from "./process.ts";
export { releaseProgramPages } from "./program-pages.ts";
export { type HostPrefix, type Link, Rtnetlink, type VethOptions } from "./rtnetlink.ts";
export {
  type ArgumentComparison,
  hasSeccompLibrary,
  nativeSeccompArchitecture,
  SeccompFilter,
  seccompArchitecture,
  systemCallNumber,
} from "./seccomp.ts";
export { bindSocket } from "./socket.ts";
export * from "./unix-socket.ts";
