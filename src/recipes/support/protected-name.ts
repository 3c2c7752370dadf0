export { protectPath, protectedIdOf, protectedPrefix } from '../../client/support/protected-name.js';
