import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { startServer } from '../../../src/testing/index.js';
import { handshakeFrame, RawClient, requestFrame } from './raw-client.js';

test.each([1, 10, 1000])(
  'a pipeline far longer than a limit of %d outstanding requests is answered in order',
  async (limit) => {
    await using server = await startServer({ config: { globalOutstandingLimit: limit } });
    const clients = [new RawClient(server.port), new RawClient(server.port)];
    const requests: Buffer[] = [];
    for (let xid = 1; xid <= 5000; xid++) {
      requests.push(
        xid % 2 === 0
          ? requestFrame(xid, OpCode.exists, { path: '/', watch: false })
          : requestFrame(xid, OpCode.create, { path: '/n-', data: null, acl: OPEN_ACL_UNSAFE, flags: 2 }),
      );
    }
    for (const client of clients) client.write(Buffer.concat([handshakeFrame(), ...requests]));
    for (const client of clients) {
      await client.next();
      for (let xid = 1; xid <= requests.length; xid++) expect(await client.reply()).toMatchObject({ xid, err: 0 });
      client.socket.destroy();
    }
  },
);
