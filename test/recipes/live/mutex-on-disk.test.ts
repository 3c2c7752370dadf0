import { startServer } from '../../../src/testing/index.js';
import { mutexSuite } from './mutex-suite.js';

mutexSuite('InterProcessMutex on a pinfold server, on disk', () => startServer({ storage: 'disk' }));
