import { clientSuite } from '../client/live/suite.js';
import { liveApache } from './support/live-apache.js';
import { describeWithPeers } from './support/peers.js';

describeWithPeers("pinfold's client", [], () => {
  clientSuite('on Apache ZooKeeper', liveApache);
});
