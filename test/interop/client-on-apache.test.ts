import { clientSuite } from '../client/live/suite.js';
import { startApache } from './support/apache.js';
import { describeWithPeers } from './support/peers.js';

describeWithPeers("pinfold's client", [], () => {
  clientSuite('the client on Apache ZooKeeper', async () => {
    const server = await startApache();
    return { connectString: server.connectString, port: server.port, close: () => server.stop() };
  });
});
