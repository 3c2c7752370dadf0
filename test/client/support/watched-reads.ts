import type { Client, WatchEvent, WatchHandle } from '../../../src/client/index.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { ScriptedServer } from './scripted-server.js';
import { statOf } from './scripted-server.js';
import type { VirtualWorld } from './virtual-world.js';

/** Every read succeeds, but for paths with `missing` in them. */
export function answerReads(server: ScriptedServer): void {
  const missing = (path: string | null): boolean => path?.includes('missing') === true;
  server.on(OpCode.getData, (request) => {
    if (missing(request.body.path)) request.refuse(ErrorCode.NONODE);
    else request.reply({ data: Buffer.from('x'), stat: statOf() });
  });
  server.on(OpCode.exists, (request) => {
    if (missing(request.body.path)) request.refuse(ErrorCode.NONODE);
    else request.reply({ stat: statOf() });
  });
  server.on(OpCode.getChildren2, (request) => request.reply({ children: [], stat: statOf() }));
  server.on(OpCode.addWatch, (request) => request.reply({ err: 0 }));
}

/** A server that answers reads, and a client connected to it. */
export async function readablePair(world: VirtualWorld): Promise<{ server: ScriptedServer; client: Client }> {
  const made = await world.pair();
  answerReads(made.server);
  return made;
}

/** Gathers what a handle yields. */
export function gather(handle: WatchHandle): WatchEvent[] {
  const events: WatchEvent[] = [];
  void (async () => {
    for await (const event of handle) events.push(event);
    events.push({ type: 'closed', path: 'end of iteration' });
  })();
  return events;
}
