/** What servers say to each other: codecs of everything on the election and the quorum port (quorum-protocol 2, 3). */
export * from './activation.js';
export * from './epoch-data.js';
export * from './forwarded-request.js';
export * from './initial-message.js';
export * from './learner-info.js';
export * from './notification.js';
export * from './packet-splitter.js';
export * from './packet-type.js';
export * from './packet-view.js';
export * from './packet-writer.js';
export * from './peer-state.js';
export * from './quorum-auth-packet.js';
export * from './quorum-packet.js';
export * from './revalidation.js';
export * from './touches.js';
