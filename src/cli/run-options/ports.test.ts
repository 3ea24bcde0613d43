import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parsePorts } from "./ports.ts";

describe("parsePorts", () => {
  const port = fc.integer({ min: 1, max: 65000 });
  const protocol = fc.constantFrom("tcp", "udp", "sctp");
  const address = fc.constantFrom("", "127.0.0.1", "0.0.0.0", "[::1]", "[2001:db8::1]");

  test("ranges of one length are joined port by port", () => {
    fc.assert(
      fc.property(port, port, fc.nat(20), protocol, address, (host, container, more, name, ip) => {
        const text = `${ip ? `${ip}:` : ""}${host}-${host + more}:${container}-${container + more}/${name}`;
        const { bindings, exposed } = parsePorts([text], []);
        expect(Object.keys(bindings)).toEqual(Object.keys(exposed));
        for (let index = 0; index <= more; index++) {
          const bound = bindings[`${container + index}/${name}`];
          expect(bound).toEqual([{ HostIp: ip.replace(/[[\]]/g, ""), HostPort: String(host + index) }]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("one container port may be published several times", () => {
    expect(parsePorts(["8080:80", "127.0.0.1:9090:80"], []).bindings).toEqual({
      "80/tcp": [
        { HostIp: "", HostPort: "8080" },
        { HostIp: "127.0.0.1", HostPort: "9090" },
      ],
    });
  });

  test("reads any text or refuses it in words", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0169:-/.tcp=,[]") }), (text) => {
        try {
          parsePorts([text], []);
        } catch (error) {
          expect((error as Error).message).toMatch(/^(invalid|no port specified)/);
        }
      }),
    );
  });
});
