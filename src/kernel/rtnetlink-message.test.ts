import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  attribute,
  decodeAttributes,
  decodeMessages,
  encodeMessage,
  readText,
  text,
  uint32,
} from "./rtnetlink-message.ts";
import { addressRequest, vethRequest } from "./rtnetlink-request.ts";

describe("messages", () => {
  test("have a header of 16 bytes and are padded to four", () => {
    expect(encodeMessage(16, 5, 7, Uint8Array.of(1, 2, 3)).toString("hex")).toBe(
      `13000000${"1000"}${"0500"}07000000000000000102${"0300"}`,
    );
  });

  test("come back from one datagram as they went", () => {
    const message = fc.record({
      type: fc.integer({ min: 0, max: 0xffff }),
      body: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (sent) => {
        const data = Buffer.concat(sent.map(({ type, body }, i) => encodeMessage(type, 1, i, body)));
        const got = decodeMessages(data).map(({ type, payload }) => ({
          type,
          body: Uint8Array.from(payload),
        }));
        expect(got).toEqual(sent.map(({ type, body }) => ({ type, body: Uint8Array.from(body) })));
      }),
    );
  });

  test("that claim more than there is are dropped, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const data = Buffer.from(bytes);
        for (const { payload } of decodeMessages(data)) decodeAttributes(payload);
        decodeAttributes(data);
      }),
    );
  });
});

describe("attributes", () => {
  test("nest", () => {
    const nested = attribute(18, attribute(1, text("veth")), attribute(2, uint32(7)));
    const outer = decodeAttributes(nested).get(18);
    const inner = decodeAttributes(outer ?? Buffer.alloc(0));
    expect(readText(inner.get(1))).toBe("veth");
    expect(inner.get(2)?.readUInt32LE(0)).toBe(7);
  });

  test("lose the flag bits of their type", () => {
    expect([...decodeAttributes(attribute(0x8012, uint32(1))).keys()]).toEqual([0x12]);
  });
});

describe("requests", () => {
  test("an address brings its broadcast address", () => {
    const { body } = addressRequest(3, "172.17.0.2", 16);
    const attributes = decodeAttributes(Buffer.from(body), 8);
    expect([...(attributes.get(4) ?? [])]).toEqual([172, 17, 255, 255]);
    const single = decodeAttributes(Buffer.from(addressRequest(3, "10.0.0.1", 32).body), 8);
    expect([...(single.get(4) ?? [])]).toEqual([10, 0, 0, 1]);
  });

  test("a veth pair is one message, with the peer's name, address and namespace inside", () => {
    const { body } = vethRequest({
      hostName: "veth0",
      bridge: 9,
      peerName: "eth0",
      peerMac: "02:42:ac:11:00:02",
      netns: 5,
      mtu: 1500,
    });
    const host = decodeAttributes(Buffer.from(body), 16);
    expect(host.get(10)?.readUInt32LE(0)).toBe(9);
    const information = decodeAttributes(host.get(18) ?? Buffer.alloc(0));
    const data = decodeAttributes(information.get(2) ?? Buffer.alloc(0));
    const peer = decodeAttributes(data.get(1) ?? Buffer.alloc(0), 16);
    expect(readText(peer.get(3))).toBe("eth0");
    expect(peer.get(1)?.toString("hex")).toBe("0242ac110002");
    expect(peer.get(28)?.readUInt32LE(0)).toBe(5);
  });
});
