import { Client, PersistentNode, startServer } from 'pinfold';

const server = await startServer();
const [client, other] = await Promise.all([1, 2].map(() => Client.connect(server.connectString)));

const node = new PersistentNode(client, '/workers/w1', { data: 'idle' });
console.log('made', await node.created());
await node.setData('busy');

// Whatever happens to it, it comes back: somebody deletes it, or the session is lost.
const states = node.states()[Symbol.asyncIterator]();
await states.next();
await other.delete('/workers/w1');
console.log((await states.next()).value);
console.log((await states.next()).value);
console.log('still', (await other.getData('/workers/w1')).data.toString());

await node.close(); // now it is gone for good
await Promise.all([client.close(), other.close()]);
await server.close();
