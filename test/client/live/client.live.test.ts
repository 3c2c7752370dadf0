import { startServer } from '../../../src/testing/index.js';
import { clientSuite } from './suite.js';

const config = {
  extendedTypesEnabled: true,
  'DigestAuthenticationProvider.superDigest': 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs=',
};

clientSuite('the client on a pinfold server, in memory', () => startServer({ config }));
clientSuite('the client on a pinfold server, on disk', () => startServer({ config, storage: 'disk' }));
