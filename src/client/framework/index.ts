export { CuratorFramework } from './curator-framework.js';
export type { ConnectionState, ConnectionStateListener, ConnectionStateOptions } from './connection-states.js';
export type { CompressionSpec } from './conventions-client.js';
export { sessionErrorPolicy, standardErrorPolicy } from './error-policy.js';
export type { ConnectionStateErrorPolicy } from './error-policy.js';
export type { FrameworkOptions } from './framework-options.js';
export type {
  FrameworkCreateOptions,
  FrameworkDeleteOptions,
  FrameworkSetOptions,
  IdempotenceSpec,
} from './operation-options.js';
export * from './retry-policies.js';
export type { FailedTry, RetryPolicy } from './retry-policy.js';
export type { Allowance, Schema, SchemaValidator } from './schema.js';
export { schemasFromJson } from './schema-json.js';
export { SchemaSet } from './schema-set.js';
export type { CheckedCreate } from './schema-set.js';
export { SchemaViolationError } from './schema-violation-error.js';
