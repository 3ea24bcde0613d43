import { Duplex } from "node:stream";
import type { ByteSocket } from "./byte-socket.ts";

/** A hijacked connection as a Node stream: `end()` closes the writing half only. */
export function duplexOf(socket: ByteSocket): Duplex {
  let reading = false;
  const duplex = new Duplex({
    allowHalfOpen: true,
    read() {
      if (reading) return;
      reading = true;
      void pull();
    },
    write(chunk: Uint8Array, _encoding, done) {
      socket.write(chunk).then(() => done(), done);
    },
    final(done) {
      socket.end();
      done();
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const pull = async () => {
    try {
      for (;;) {
        const bytes = await socket.read();
        if (bytes === undefined) {
          duplex.push(null);
          return;
        }
        if (!duplex.push(bytes)) break;
      }
      reading = false;
    } catch (error) {
      duplex.destroy(error as Error);
    }
  };
  return duplex;
}
