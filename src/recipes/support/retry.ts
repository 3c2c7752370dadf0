export { isRetryable, retry } from '../../client/support/retry.js';
