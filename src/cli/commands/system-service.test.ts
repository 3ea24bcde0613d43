import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BERTH_SOCKET, installService, type ServicePlaces, uninstallService } from "./system-service.ts";

let directory: string;
let places: ServicePlaces;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-service-"));
  places = { unit: join(directory, "berth.service"), dockerSocket: join(directory, "docker.sock") };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("install writes the unit alone, uninstall removes it", () => {
  expect(installService(places, "/opt/berth", false)).toEqual([places.unit]);
  expect(readFileSync(places.unit, "utf8")).toContain("ExecStart=/opt/berth daemon\n");
  expect(uninstallService(places)).toEqual([places.unit]);
  expect(uninstallService(places)).toEqual([]);
});

test("the link is made on request, twice without harm, and removed", () => {
  installService(places, "/opt/berth", true);
  installService(places, "/opt/berth", true);
  expect(readlinkSync(places.dockerSocket)).toBe(BERTH_SOCKET);
  expect(uninstallService(places)).toEqual([places.unit, places.dockerSocket]);
});

test("what somebody else wrote is neither replaced nor removed", () => {
  writeFileSync(places.unit, "[Unit]\n");
  symlinkSync("/elsewhere", places.dockerSocket);
  expect(() => installService(places, "/opt/berth", false)).toThrow("not written by berth");
  expect(() => uninstallService(places)).toThrow("not written by berth");
  rmSync(places.unit);
  expect(() => installService(places, "/opt/berth", true)).toThrow("is there already");
  expect(uninstallService(places)).toEqual([]);
  expect(readlinkSync(places.dockerSocket)).toBe("/elsewhere");
});

test("a host without systemd is told so, and nothing half-made stays", () => {
  const nowhere = { ...places, unit: join(directory, "missing", "berth.service") };
  expect(() => installService(nowhere, "/opt/berth", false)).toThrow("does not use systemd");
});
