/**
 * Loads an archive and removes its images again, over and over, until it is killed: a process for crash tests.
 * Arguments: data root, archive.
 */
import { createReadStream } from "node:fs";
import { openTestRoom } from "./image-room.test-helper.ts";

const [root = "", archive = ""] = process.argv.slice(2);
const { images } = await openTestRoom(root);
process.stdout.write("ready\n");
for (;;) {
  await images.load(createReadStream(archive), () => undefined);
  for (const { Id } of images.list({ all: true })) await images.remove(Id, { force: true });
}
