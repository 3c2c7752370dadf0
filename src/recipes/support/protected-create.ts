import { KeeperError, NoNodeError } from '../../client/errors.js';
import type { CreateResult, NodeData } from '../../client/operation-types.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { parentOf } from '../../protocol/paths.js';
import type { Acl } from '../../protocol/acl.js';
import { Backoff } from '../../client/support/backoff.js';
import { createContainers } from './create-containers.js';
import { findByIdentity, removeByIdentity } from '../../client/support/identity-finder.js';
import { ownNode } from './own-node.js';
import type { OwnNode } from './own-node.js';
import { protectPath } from '../../client/support/protected-name.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

export interface ProtectedCreateRequest {
  /** Parent and plain name, as in `/locks/a/lock-`. */
  readonly path: string;
  /** Default `ephemeral-sequential`: the server appends the sequence suffix. */
  readonly mode?: 'ephemeral-sequential' | 'ephemeral' | undefined;
  readonly data: NodeData;
  readonly acl: readonly Acl[] | undefined;
  /** Of the containers that are made when the parent is missing. */
  readonly parentAcl: readonly Acl[] | undefined;
  /** Called whenever a create has left: what is asked for now is answered after it. */
  readonly sent: () => void;
}

/**
 * Creates an ephemeral node exactly once, whatever replies get lost: its name carries an identity by which
 * an uncertain attempt is looked up before it is repeated. Whenever this rejects, nothing of it remains, or a finder is
 * still at work that will see to it.
 */
export async function protectedCreate(
  client: KeeperClient,
  budget: WaitBudget,
  request: ProtectedCreateRequest,
): Promise<OwnNode> {
  for (;;) {
    const made = await new ProtectedCreate(client, budget, request).run();
    if (made !== null) return made;
  }
}

/** One identity's life: from the first attempt until there is a node of ours, or certainly none. */
class ProtectedCreate {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #request: ProtectedCreateRequest;
  readonly #id: string;
  readonly #parent: string;
  /** An attempt was made whose outcome is not known. */
  #isUncertain = false;

  constructor(client: KeeperClient, budget: WaitBudget, request: ProtectedCreateRequest) {
    this.#client = client;
    this.#budget = budget;
    this.#request = request;
    this.#id = client.runtime.random.uuid();
    this.#parent = parentOf(request.path);
  }

  /** Null when the session ended meanwhile: the identity is spent, start over with another. */
  async run(): Promise<OwnNode | null> {
    const backoff = new Backoff(this.#client);
    try {
      for (;;) {
        this.#budget.throwIfSpent();
        const made = await this.#attempt();
        if (made !== 'again') return made;
        await backoff.wait(this.#budget.signal);
      }
    } catch (error) {
      if (this.#isUncertain) await removeByIdentity(this.#client, { parent: this.#parent, id: this.#id });
      throw error;
    }
  }

  async #attempt(): Promise<OwnNode | null | 'again'> {
    try {
      const made = await this.#create();
      return ownNode(this.#client, made.path, made.stat);
    } catch (error) {
      // An abort may have caught the create anywhere: not yet sent, on its way, or done.
      this.#isUncertain = !(error instanceof KeeperError) || error.ambiguous || this.#budget.isSpent;
      if (this.#budget.isSpent || !isRetryable(error)) throw error;
      return this.#isUncertain ? this.#lookUp() : 'again';
    }
  }

  /** A container may be collected between making it and using it, so this is a loop. */
  async #create(): Promise<CreateResult> {
    const { data, acl, parentAcl, path, sent, mode = 'ephemeral-sequential' } = this.#request;
    const options = { mode, acl, signal: this.#budget.signal };
    for (;;) {
      try {
        const created = this.#client.create(protectPath(path, this.#id), data, options);
        sent();
        return await created;
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error;
        await createContainers(this.#client, this.#budget, { path: this.#parent, acl: parentAcl });
      }
    }
  }

  /** Whether the uncertain attempt has made a node. Adopts it only if this very session owns it. */
  async #lookUp(): Promise<OwnNode | null | 'again'> {
    const place = { parent: this.#parent, id: this.#id };
    const [path] = await retry(this.#client, this.#budget, (wait) => findByIdentity(this.#client, place, wait));
    if (path !== undefined) {
      const { stat } = await retry(this.#client, this.#budget, (wait) => this.#client.exists(path, wait));
      const own = stat === null ? null : ownNode(this.#client, path, stat);
      // Of a session that is over: it goes by itself, but until then it would stand in somebody's way.
      if (own === null) void this.#client.guaranteedDelete(path);
      this.#isUncertain = false;
      return own;
    }
    this.#isUncertain = false;
    return 'again';
  }
}
