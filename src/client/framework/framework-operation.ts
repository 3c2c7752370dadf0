import type { ConventionsClient } from './conventions-client.js';
import type { RetryScope } from './retry-scope.js';

/** What one operation of a framework works with. */
export interface FrameworkOperation {
  readonly client: ConventionsClient;
  readonly scope: RetryScope;
  /** Goes on after the operation has ended; nobody waits for it, and its failure is told to the framework's `onError`. */
  readonly inBackground: (work: Promise<unknown>) => void;
}
