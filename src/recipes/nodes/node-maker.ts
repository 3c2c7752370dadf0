import { KeeperError, NodeExistsError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { CreateMode, CreateResult, CreateSpec, NodeData } from '../../client/operation-types.js';
import { childOf, nameOf, parentOf } from '../../protocol/paths.js';
import { createContainers } from '../support/create-containers.js';
import { findByIdentity, removeByIdentity } from '../../client/support/identity-finder.js';
import { protectPath } from '../../client/support/protected-name.js';
import { parseSequence } from '../support/sequencer.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { OwnSessions } from './own-sessions.js';
import { isEphemeral, isSequential, plainMode } from './persistent-node-options.js';
import type { PersistentNodeOptions } from './persistent-node-options.js';

/** Makes one node, at first and again, and finds out what it is called. */
export class NodeMaker {
  /** In which it has made nodes. */
  readonly sessions = new OwnSessions();
  readonly #client: KeeperClient;
  readonly #base: string;
  readonly #mode: CreateMode;
  readonly #options: PersistentNodeOptions;
  /** Its identity; null without protection. */
  readonly #id: string | null;
  #path: string | null;
  /** Bytes of a first sequential create that may have been done. */
  #uncertain: NodeData | undefined = undefined;

  constructor(client: KeeperClient, path: string, options: PersistentNodeOptions) {
    const { mode = 'ephemeral', protection = isSequential(mode) } = options;
    this.#client = client;
    this.#mode = mode;
    this.#options = options;
    this.#id = protection ? client.runtime.random.uuid() : null;
    this.#base = this.#id === null ? path : protectPath(path, this.#id);
    this.#path = isSequential(mode) ? null : this.#base;
  }

  /** Of the node; null as long as the server has not given it a number. */
  get path(): string | null {
    return this.#path;
  }

  /** How the node is made under the name it has. */
  get spec(): CreateSpec {
    return { mode: plainMode(this.#mode), acl: this.#options.acl, ttlMs: this.#options.ttlMs };
  }

  /** The number of a sequential node is found out by making it. False when one that may have been made before was found. */
  async makeFirst(data: NodeData, signal: AbortSignal): Promise<boolean> {
    this.#path = await this.#find(signal);
    if (this.#path !== null) return false;
    for (;;) {
      try {
        this.#path = (await this.#create(this.#base, data, { ...this.spec, mode: this.#mode, signal })).path;
        return true;
      } catch (error) {
        const isCertain = error instanceof KeeperError && !error.ambiguous && !signal.aborted;
        if (!isCertain) this.#uncertain = data;
        if (!(error instanceof NodeExistsError)) throw error;
        await this.#skipNumber(signal);
      }
    }
  }

  /** Makes the node under its name, and missing parents. */
  async make(path: string, data: NodeData, signal: AbortSignal): Promise<CreateResult> {
    return this.#create(path, data, { ...this.spec, signal });
  }

  /** Another has the name: numbers begin anew with a parent that was collected. True if there can be a new one. */
  giveUpName(): boolean {
    if (!isSequential(this.#mode)) return false;
    this.#path = null;
    return true;
  }

  /** Removes in the background what a first create that was cut off may have made, as far as it can be known. */
  forget(): void {
    if (this.#path !== null || this.#uncertain === undefined || this.#id === null) return;
    void removeByIdentity(this.#client, { parent: parentOf(this.#base), id: this.#id });
  }

  /** A container may be collected between making it and using it, so this is a loop. */
  async #create(
    path: string,
    data: NodeData,
    spec: CreateSpec & { readonly signal: AbortSignal },
  ): Promise<CreateResult> {
    for (;;) {
      this.sessions.add(this.#client.sessionId);
      try {
        const made = await this.#client.create(path, data, spec);
        this.sessions.add(made.stat.ephemeralOwner);
        return made;
      } catch (error) {
        this.sessions.add(this.#client.sessionId);
        if (!(error instanceof NoNodeError)) throw error;
        await this.#makeParents(spec.signal);
      }
    }
  }

  /** The next number is taken, by who has kept its name from before the parent was collected: each child counts it on. */
  async #skipNumber(signal: AbortSignal): Promise<void> {
    const path = `${this.#base}${this.#client.runtime.random.uuid()}`;
    await this.#client.transaction().create(path).delete(path).commit({ signal });
  }

  async #makeParents(signal: AbortSignal): Promise<void> {
    const { parentAcl: acl, parentMode: mode } = this.#options;
    const budget = new WaitBudget(this.#client, { signal }, `create the parents of ${this.#base}`);
    await budget.settle(createContainers(this.#client, budget, { path: parentOf(this.#base), acl, mode }), 0);
  }

  /** The node that an uncertain first create has made, or null. */
  async #find(signal: AbortSignal): Promise<string | null> {
    if (this.#uncertain === undefined) return null;
    const parent = parentOf(this.#base);
    const paths =
      this.#id === null
        ? await this.#lookalikes(this.#uncertain, signal)
        : await findByIdentity(this.#client, { parent, id: this.#id }, { signal });
    this.#uncertain = undefined;
    return paths[0] ?? null;
  }

  /** Without an identity: nodes of our sessions with the name and the data of ours. Of persistent ones nobody can tell. */
  async #lookalikes(data: NodeData, signal: AbortSignal): Promise<string[]> {
    if (!isEphemeral(this.#mode)) return [];
    const [parent, name] = [parentOf(this.#base), nameOf(this.#base)];
    await this.#client.sync(parent, { signal });
    const children = await orNone(this.#client.getChildren(parent, { signal }));
    const alike = (children?.children ?? []).filter(
      (child) => child.startsWith(name) && parseSequence(child.slice(name.length)) !== null,
    );
    const found: string[] = [];
    for (const path of alike.map((child) => childOf(parent, child))) {
      const node = await orNone(this.#client.getData(path, { signal }));
      if (node === null || !this.sessions.has(node.stat.ephemeralOwner)) continue;
      if (sameData(node.data, data)) found.push(path);
    }
    return found;
  }
}

/** Whether a node has what was to be written. */
export function sameData(has: Buffer | null, wanted: NodeData): boolean {
  if (has === null || wanted === null) return has === wanted;
  return has.equals(typeof wanted === 'string' ? Buffer.from(wanted) : wanted);
}

async function orNone<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof NoNodeError) return null;
    throw error;
  }
}
