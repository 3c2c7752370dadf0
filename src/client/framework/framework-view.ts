import type { KeeperClient } from '../keeper-client.js';
import { warnOnce } from '../support/warn-once.js';
import { ConnectionStates } from './connection-states.js';
import { ConventionsClient } from './conventions-client.js';
import { EnsembleTracker } from './ensemble-tracker.js';
import type { FrameworkOptions } from './framework-options.js';
import { Namespace } from './namespace.js';
import { exponentialBackoffRetry } from './retry-policies.js';
import type { RetryPolicy } from './retry-policy.js';
import type { RetryScope } from './retry-scope.js';

const DEFAULT_RETRIES = { baseMs: 100, maxRetries: 5, maxSleepMs: 2000 };
const NO_DATA = Buffer.alloc(0);

/** What a framework and its views have in common. */
class Shared {
  readonly client: KeeperClient;
  readonly options: FrameworkOptions;
  readonly policy: RetryPolicy;
  readonly states: ConnectionStates;
  readonly tracker: EnsembleTracker | null;
  readonly onError: (error: unknown) => void;
  readonly #namespaces = new Map<string, Namespace>();

  constructor(client: KeeperClient, options: FrameworkOptions) {
    const { retryPolicy, onEnsembleChanged: changed, onError } = options;
    this.client = client;
    this.options = options;
    this.policy = retryPolicy ?? exponentialBackoffRetry(DEFAULT_RETRIES);
    this.onError = onError ?? ((error) => warnOnce('PINFOLD_FRAMEWORK', String(error), `framework: ${String(error)}`));
    this.states = new ConnectionStates(client, this.onError);
    this.tracker = changed === undefined ? null : new EnsembleTracker(client, { changed, onError: this.onError });
  }

  namespace(name: string): Namespace {
    const known = this.#namespaces.get(name);
    if (known !== undefined) return known;
    const namespace = new Namespace(this.client, name, this.options.aclOf ?? (() => undefined));
    this.#namespaces.set(name, namespace);
    return namespace;
  }
}

/** One way to look at a connection: below a namespace, and perhaps as a part of a longer operation. */
export class FrameworkView {
  readonly shared: Shared;
  readonly namespace: string | null;
  readonly within: RetryScope | undefined;
  readonly client: ConventionsClient;

  private constructor(shared: Shared, namespace: string | null, within: RetryScope | undefined) {
    const { client, options } = shared;
    const place = namespace === null ? null : shared.namespace(namespace);
    this.shared = shared;
    this.namespace = namespace;
    this.within = within;
    this.client = new ConventionsClient(place === null ? client : client.withChroot(place.path), {
      namespace: place,
      isCompressed: options.compression === 'gzip',
      schemas: options.schemas ?? null,
      defaultData: options.defaultData ?? NO_DATA,
      aclOf: options.aclOf ?? (() => undefined),
    });
  }

  static first(client: KeeperClient, options: FrameworkOptions): FrameworkView {
    return new FrameworkView(new Shared(client, options), options.namespace ?? null, undefined);
  }

  below(namespace: string | null): FrameworkView {
    return new FrameworkView(this.shared, namespace, this.within);
  }

  inside(scope: RetryScope): FrameworkView {
    return new FrameworkView(this.shared, this.namespace, scope);
  }
}
