import { randomInt } from "node:crypto";

const QUALITIES =
  `able agile amber bold brave breezy bright brisk calm candid clear clever coral crisp daring deep eager
  early fair fast firm fresh gentle glad golden grand happy hardy keen kind lively loyal lucid lucky mellow merry mighty
  neat nimble noble open patient placid polite proud quick quiet ready robust royal serene sharp silver smooth snug solid
  steady stout sunny swift tidy trim true upbeat vivid warm wise witty zesty`.split(/\s+/);

const THINGS =
  `anchor atoll bark barge bay beacon boom bosun bow bridge brig buoy cabin canal cape capstan cargo channel
  chart clipper coast compass coracle cove crane current cutter davit deck delta dhow dinghy dock dory dune estuary ferry
  fjord frigate galley gangway gull harbor hatch haven hawser helm hull island jetty junk kayak keel ketch lagoon lantern
  lighthouse locker lugger mast mooring oar pelican pier pilot port prow quay raft reef rudder sail schooner sextant
  shoal skiff sloop sound spar strait swell tide tiller tugboat wave wharf yawl`.split(/\s+/);

/** A name for a container nobody named, such as `brisk_harbor`; `taken` says which are in use. */
export function randomName(taken: (name: string) => boolean): string {
  const pick = (words: readonly string[]) => words[randomInt(words.length)] as string;
  for (let attempt = 0; ; attempt++) {
    const name = `${pick(QUALITIES)}_${pick(THINGS)}${attempt < 5 ? "" : randomInt(10 ** Math.min(attempt - 4, 9))}`;
    if (!taken(name)) return name;
  }
}
