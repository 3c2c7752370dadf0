export { warnOnce } from '../../client/support/warn-once.js';
