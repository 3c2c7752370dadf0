import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { OPEN_ACL_UNSAFE } from '../../../src/protocol/acl.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { startServer } from '../../../src/testing/index.js';
import { handshakeFrame, RawClient, requestFrame } from './raw-client.js';

const ping = (xid: number): Buffer => requestFrame(xid, OpCode.ping, {});
const create = (xid: number, path: string, data = Buffer.alloc(0)): Buffer =>
  requestFrame(xid, OpCode.create, { path, data, acl: OPEN_ACL_UNSAFE, flags: 0 });

test('frames may come byte by byte, or all at once behind the handshake', async () => {
  await using server = await startServer();
  const slow = new RawClient(server.port);
  for (const byte of Buffer.concat([handshakeFrame(), ping(-2)])) slow.write(Buffer.from([byte]));
  expect((await slow.next())?.length).toBe(37);
  expect(await slow.reply()).toMatchObject({ xid: -2, err: 0 });
  const hasty = new RawClient(server.port);
  hasty.write(Buffer.concat([handshakeFrame(), create(1, '/a'), create(2, '/a/b'), ping(-2)]));
  expect((await hasty.next())?.length).toBe(37);
  expect(await hasty.reply()).toMatchObject({ xid: 1, err: 0 });
  expect(await hasty.reply()).toMatchObject({ xid: 2, err: 0 });
  expect(await hasty.reply()).toMatchObject({ xid: -2, err: 0 });
  slow.socket.destroy();
  hasty.socket.destroy();
});

test.each([
  ['negative', 'ffffffff'],
  ['above jute.maxbuffer', '00100000'],
  ['an unknown word', Buffer.from('nope').toString('hex')],
])('a length prefix that is %s closes the connection at once', async (_, hex) => {
  await using server = await startServer();
  const client = new RawClient(server.port);
  client.write(Buffer.from(hex, 'hex'));
  await client.closed;
  expect(await client.next()).toBeNull();
});

test('what was asked before a broken frame is still answered', async () => {
  await using server = await startServer();
  const client = new RawClient(server.port);
  client.write(Buffer.concat([handshakeFrame()]));
  await client.next();
  client.write(Buffer.concat([ping(-2), Buffer.from('ffffffff', 'hex')]));
  expect(await client.reply()).toMatchObject({ xid: -2 });
  expect(await client.reply()).toBeNull();
});

test('a connection that asks for no session is closed', async () => {
  await using server = await startServer({ config: { 'nio.sessionlessCnxnTimeout': 50 } });
  const idle = new RawClient(server.port);
  await idle.closed;
  const alive = new RawClient(server.port);
  alive.write(handshakeFrame());
  await alive.next();
  await new RawClient(server.port).closed;
  alive.write(ping(-2));
  expect(await alive.reply()).toMatchObject({ xid: -2 });
  alive.socket.destroy();
});

test('more connections from one address than allowed are closed on arrival, and places become free again', async () => {
  await using server = await startServer({ config: { maxClientCnxns: 2 } });
  const [first, second] = [new RawClient(server.port), new RawClient(server.port)];
  for (const client of [first, second]) {
    client.write(handshakeFrame());
    expect((await client.next())?.length).toBe(37);
  }
  await new RawClient(server.port).closed;
  first.socket.end();
  await first.closed;
  const third = new RawClient(server.port);
  third.write(handshakeFrame());
  expect((await third.next())?.length).toBe(37);
  for (const client of [second, third]) client.socket.destroy();
});

test('a client that does not read is not read either, and nobody else waits for it', async () => {
  await using server = await startServer();
  const writer = new RawClient(server.port);
  writer.write(handshakeFrame());
  await writer.next();
  writer.write(create(1, '/big', Buffer.alloc(500_000)));
  expect(await writer.reply()).toMatchObject({ xid: 1, err: 0 });
  const glutton = new RawClient(server.port);
  glutton.write(handshakeFrame());
  await glutton.next();
  glutton.socket.pause();
  // 200 MB of answers: were they all made, they would have to be kept somewhere.
  const asked = 400;
  const before = process.memoryUsage().arrayBuffers;
  for (let xid = 1; xid <= asked; xid++)
    glutton.write(requestFrame(xid, OpCode.getData, { path: '/big', watch: false }));
  for (let turn = 0; turn < 20; turn++) {
    writer.write(ping(-2));
    expect(await writer.reply()).toMatchObject({ xid: -2 });
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
  glutton.socket.resume();
  for (let xid = 1; xid <= asked; xid++) expect((await glutton.reply())?.xid).toBe(xid);
  writer.socket.destroy();
  glutton.socket.destroy();
});

test('reads that wait behind a write are few, however many were sent', async () => {
  await using server = await startServer();
  const client = new RawClient(server.port);
  client.write(handshakeFrame());
  await client.next();
  client.write(create(1, '/big', Buffer.alloc(500_000)));
  expect(await client.reply()).toMatchObject({ xid: 1, err: 0 });
  client.socket.pause();
  const asked = 400;
  const reads = Array.from({ length: asked }, (_, i) =>
    requestFrame(i + 3, OpCode.getData, { path: '/big', watch: false }),
  );
  const before = process.memoryUsage().arrayBuffers;
  client.write(Buffer.concat([create(2, '/small'), ...reads]));
  const other = new RawClient(server.port);
  other.write(handshakeFrame());
  await other.next();
  for (let turn = 0; turn < 20; turn++) {
    other.write(ping(-2));
    expect(await other.reply()).toMatchObject({ xid: -2 });
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150_000_000);
  client.socket.resume();
  for (let xid = 2; xid < asked + 3; xid++) expect((await client.reply())?.xid).toBe(xid);
  client.socket.destroy();
  other.socket.destroy();
});

test('a server that stops answers the writes it has taken', async () => {
  await using server = await startServer({ storage: 'disk' });
  const client = new RawClient(server.port);
  client.write(handshakeFrame());
  await client.next();
  client.write(Buffer.concat([create(1, '/a'), create(2, '/b')]));
  expect(await client.reply()).toMatchObject({ xid: 1, err: 0 });
  client.write(create(3, '/c'));
  const stopped = server.stop();
  const answers: number[] = [];
  for (let got = await client.reply(); got !== null; got = await client.reply()) answers.push(got.xid);
  await stopped;
  await server.start();
  const again = new RawClient(server.port);
  again.write(handshakeFrame());
  await again.next();
  for (const xid of answers) {
    again.write(requestFrame(xid, OpCode.exists, { path: xid === 2 ? '/b' : '/c', watch: false }));
    expect(await again.reply()).toMatchObject({ xid, err: 0 });
  }
  again.socket.destroy();
});

test.each(['ruok', 'conf', 'dirs', 'mntr', 'stat'])(
  '%s is answered to who has closed its side already',
  async (word) => {
    await using server = await startServer({ storage: 'disk', config: { '4lw.commands.whitelist': '*' } });
    const client = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    client.end(word);
    const answer = await text(client);
    expect(answer).not.toBe('');
  },
);

test('a server that stops answers what it has begun, not all that a client has sent', async () => {
  await using server = await startServer({ storage: 'disk', config: { globalOutstandingLimit: 10 } });
  const client = new RawClient(server.port);
  client.write(handshakeFrame());
  await client.next();
  const setData = (xid: number): Buffer => requestFrame(xid, OpCode.setData, { path: '/', data: null, version: -1 });
  client.write(Buffer.concat(Array.from({ length: 20_000 }, (_, i) => setData(i))));
  await client.reply();
  const stopped = server.stop();
  let answered = 1;
  while ((await client.reply()) !== null) answered++;
  await stopped;
  // The socket holds thousands more that were read with the first.
  expect(answered).toBeLessThan(500);
});
