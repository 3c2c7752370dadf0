export { orAbort } from '../../client/support/or-abort.js';
