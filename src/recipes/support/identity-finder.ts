export { findByIdentity, removeByIdentity } from '../../client/support/identity-finder.js';
