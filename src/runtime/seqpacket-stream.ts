import { connectSeqpacket, KernelError, shutdownWrite } from "../kernel/index.ts";

export interface PacketHandlers {
  packet(data: Uint8Array): void;
  /** Both directions are over. Called once. */
  closed(): void;
}

const EAGAIN = 11;

/** A SEQPACKET connection on the event loop: packets in, packets out, each with backpressure. */
export class SeqpacketStream {
  #socket: Bun.Socket | undefined;
  #drained: (() => void) | undefined;
  #open = true;

  private constructor(
    private readonly fd: number,
    private readonly handlers: PacketHandlers,
  ) {}

  /** @throws KernelError when nobody listens at `path` */
  static async connect(path: string, handlers: PacketHandlers): Promise<SeqpacketStream> {
    const stream = new SeqpacketStream(await patientConnect(path), handlers);
    const options = {
      fd: stream.fd,
      socket: {
        data: (_socket: Bun.Socket, data: Uint8Array) => handlers.packet(data),
        drain: () => stream.#wake(),
        error: () => {},
        close: () => stream.#closed(),
      },
    };
    // Bun's types know no `fd` here, Bun does.
    stream.#socket = await Bun.connect(options as unknown as Bun.UnixSocketOptions<undefined>);
    return stream;
  }

  /** Sends one packet; waits while the peer's queue is full. False when the peer is gone. */
  async send(packet: Uint8Array): Promise<boolean> {
    while (this.#open && this.#socket) {
      if (this.#socket.write(packet) === packet.byteLength) return true;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    return false;
  }

  /** Half-close: the peer reads end of file and can still send. */
  endInput(): void {
    if (!this.#open) return;
    try {
      shutdownWrite(this.fd);
    } catch (error) {
      // The peer has gone first; the loop is about to tell us so.
      if (!(error instanceof KernelError)) throw error;
    }
  }

  pause(): void {
    if (this.#open) this.#socket?.pause();
  }

  resume(): void {
    if (this.#open) this.#socket?.resume();
  }

  close(): void {
    if (this.#open) this.#socket?.terminate();
  }

  #wake(): void {
    const wake = this.#drained;
    this.#drained = undefined;
    wake?.();
  }

  #closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#wake();
    this.handlers.closed();
  }
}

/** The listener's queue is short: when many connect at once the kernel answers EAGAIN. */
async function patientConnect(path: string): Promise<number> {
  for (let turn = 0; ; turn++) {
    try {
      return connectSeqpacket(path);
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== EAGAIN || turn === 500) throw error;
      await Bun.sleep(2);
    }
  }
}
