import { expect, test } from "bun:test";
import fc from "fast-check";
import { bindSocket, socketAddress } from "./socket.ts";
import { closeFd } from "./unix-socket.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("socket addresses carry family, port and address", () => {
  expect(hex(socketAddress("127.0.0.1", 8080))).toBe("02001f907f0000010000000000000000");
  expect(hex(socketAddress("::1", 80)).slice(16, 48)).toBe(`${"0".repeat(31)}1`);
  expect(hex(socketAddress("::ffff:1.2.3.4", 0)).slice(16, 48)).toBe("00000000000000000000ffff01020304");
  expect(hex(socketAddress("fe80::1%eth0", 0)).slice(16, 48)).toBe("fe800000000000000000000000000001");
});

test("the short form of an IPv6 address has the same 16 bytes as the long one", () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.map((value) => value.toString(16)).join(":");
      const short = new URL(`http://[${long}]/`).hostname.slice(1, -1);
      const bytes = groups.map((value) => value.toString(16).padStart(4, "0")).join("");
      expect(hex(socketAddress(long, 0)).slice(16, 48)).toBe(bytes);
      expect(hex(socketAddress(short, 0)).slice(16, 48)).toBe(bytes);
    }),
  );
});

test("a bound port is taken", () => {
  const first = bindSocket("udp", "127.0.0.1", 0);
  closeFd(first);
  const held = Bun.udpSocket({ hostname: "127.0.0.1", port: 0 });
  return held.then((socket) => {
    expect(() => bindSocket("udp", "127.0.0.1", socket.port)).toThrow("EADDRINUSE");
    socket.close();
  });
});
