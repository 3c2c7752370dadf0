import type { Socket } from 'node:net';
import type { SocketInlet } from './node-byte-stream.js';

const READ_BYTES = 64 * 1024;

/** Where a socket has what `onread` says. */
interface Slots {
  readonly buffer: symbol;
  readonly callback: symbol;
}

let slots: Slots | null = null;
let shared: Buffer | null = null;

/**
 * Has an accepted socket, from which nothing was read yet, read into one buffer that all of them share: what is in it is
 * handed out before the next read. Null when this Node cannot: then it allocates one for every read, as it does by
 * itself. It has `onread` for this, but takes it for sockets that a program connects only; so what `onread` would set is
 * set here, by name. Measured: 8 to 15 % less processor time for a read that is alone on its connection, 10 % for an event
 * to a watcher, its arming included.
 */
export function shareReadBuffer(socket: Socket): SocketInlet | null {
  const handle = '_handle' in socket ? socket._handle : null;
  if (!takesBuffer(handle)) return null;
  slots ??= findSlots(socket);
  if (slots === null) return null;
  shared ??= Buffer.allocUnsafeSlow(READ_BYTES);
  const inlet: SocketInlet = { onBytes: () => undefined };
  Reflect.set(socket, slots.buffer, shared);
  Reflect.set(socket, slots.callback, (count: number, buffer: Buffer): boolean => {
    inlet.onBytes(buffer.subarray(0, count));
    return true;
  });
  handle.useUserBuffer(shared);
  return inlet;
}

function takesBuffer(handle: unknown): handle is { useUserBuffer(buffer: Buffer): void } {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'useUserBuffer' in handle &&
    typeof handle.useUserBuffer === 'function'
  );
}

function findSlots(socket: Socket): Slots | null {
  const buffer = emptySlot(socket, 'kBuffer');
  const callback = emptySlot(socket, 'kBufferCb');
  return buffer === undefined || callback === undefined ? null : { buffer, callback };
}

function emptySlot(socket: Socket, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find(
    (slot) => slot.description === name && Reflect.get(socket, slot) === null,
  );
}
