import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readCertificates } from "./certificates.ts";
import { Trust } from "./trust.ts";

const insecure = (list: string[], url: string) =>
  new Trust({ insecure: list, certificates: [], environment: {} }).isInsecure(new URL(url));

test("insecure: loopback always, names by host and port, ranges by literal addresses only", () => {
  for (const host of ["localhost", "127.0.0.1", "127.255.3.4:5000", "[::1]:443"]) {
    expect(insecure([], `https://${host}/`)).toBe(true);
  }
  expect(insecure([], "https://localhost.example.com/")).toBe(false);
  expect(insecure(["Reg.test"], "https://reg.test/")).toBe(true);
  expect(insecure(["reg.test"], "https://reg.test:5000/")).toBe(false);
  expect(insecure(["reg.test:5000"], "http://reg.test:5000/")).toBe(true);
  expect(insecure(["reg.test:443"], "https://reg.test/")).toBe(true);
  expect(insecure(["reg.test"], "https://sub.reg.test/")).toBe(false);
  expect(insecure(["10.0.0.0/8", "fd00::/8"], "http://10.1.2.3:5000/")).toBe(true);
  expect(insecure(["10.0.0.0/8", "fd00::/8"], "http://[fd00::5]:5000/")).toBe(true);
  expect(insecure(["[fd00::5]:5000"], "http://[fd00::5]:5000/")).toBe(true);
  expect(insecure(["0.0.0.0/0"], "https://reg.test/")).toBe(false);
  fc.assert(
    fc.property(fc.string(), fc.domain(), (entry, host) => {
      if (entry.toLowerCase().replace(/:\d+$/, "") === host.toLowerCase()) return;
      expect(insecure([entry], `https://${host}/`)).toBe(false);
    }),
  );
});

test("certificates: every directory and every .crt counts; a host's name never leads elsewhere", async () => {
  const root = mkdtempSync(join(tmpdir(), "berth-certs-"));
  try {
    const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}`;
    for (const [folder, file] of [
      ["a/reg.test", "b.crt"],
      ["a/reg.test", "a.crt"],
      ["b/reg.test:443", "ca.crt"],
      ["a/reg.test", "readme.txt"],
      [".", "outside.crt"],
      ["a", "above.crt"],
    ] as const) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, file), pem(file));
    }
    const directories = [join(root, "a"), join(root, "b"), join(root, "missing")];
    expect((await readCertificates(directories, ["reg.test", "reg.test:443"]))?.ca).toEqual([
      pem("a.crt"),
      pem("b.crt"),
      pem("ca.crt"),
    ]);
    for (const name of ["..", ".", "", "../a", "a/../..", "other.test"]) {
      expect(await readCertificates(directories, [name])).toBeUndefined();
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
