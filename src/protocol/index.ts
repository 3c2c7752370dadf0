/**
 * The ZooKeeper wire protocol and transaction records: codecs without I/O.
 * @packageDocumentation
 */
export * from './acl.js';
export * from './add-watch.js';
export * from './auth.js';
export * from './check.js';
export * from './checksum.js';
export * from './codec.js';
export * from './connect.js';
export * from './create-mode.js';
export * from './create.js';
export * from './delete.js';
export * from './error-codes.js';
export * from './errors.js';
export * from './event.js';
export * from './exists.js';
export * from './frame-splitter.js';
export * from './get-acl.js';
export * from './get-all-children-number.js';
export * from './get-children.js';
export * from './get-data.js';
export * from './get-ephemerals.js';
export * from './headers.js';
export * from './jute-reader.js';
export * from './jute-writer.js';
export * from './limits.js';
export * from './multi.js';
export * from './op-codes.js';
export * from './paths.js';
export * from './quorum/index.js';
export * from './reconfig.js';
export * from './remove-watches.js';
export * from './request-codec.js';
export * from './sasl.js';
export * from './set-acl.js';
export * from './set-data.js';
export * from './set-watches.js';
export * from './stat.js';
export * from './sync.js';
export * from './txn-codec.js';
export * from './txn.js';
export * from './watcher-event.js';
export * from './who-am-i.js';
export * from './zxid.js';
export * from './writer-room.js';
