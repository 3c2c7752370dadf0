export { Backoff } from '../../client/support/backoff.js';
