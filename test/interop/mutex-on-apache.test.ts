import { mutexSuite } from '../recipes/live/mutex-suite.js';
import { liveApache } from './support/live-apache.js';
import { describeWithPeers } from './support/peers.js';

describeWithPeers("pinfold's InterProcessMutex", [], () => {
  mutexSuite('on Apache ZooKeeper', liveApache);
});
