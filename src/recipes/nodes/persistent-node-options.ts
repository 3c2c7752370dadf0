import { dataOf } from '../../client/arguments.js';
import { BadArgumentsError } from '../../client/errors.js';
import type { CreateMode, NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf, nameOf, parentOf, pathFault } from '../../protocol/paths.js';
import type { ErrorHook } from '../support/error-hook.js';

/** What kind of node is kept, and what is done about one that is in its place. */
export interface PersistentNodeOptions {
  /** Default `ephemeral`. A sequential node keeps its number when it is made again, unless another has that name by then. */
  readonly mode?: CreateMode | undefined;
  /** Default empty. */
  readonly data?: NodeData | undefined;
  /** For the `ttl` modes; see CreateSpec. */
  readonly ttlMs?: number | undefined;
  /**
   * Put an identity before the name (`_c_<uuid>-`), by which the node is found when the reply to its creation is lost.
   * Default: true for sequential modes. A sequential node without it may be made twice: when ephemeral, only while
   * others of this client have the same name and data; else whenever that reply is lost.
   */
  readonly protection?: boolean | undefined;
  /**
   * When a node of that name is there that is not ours (an ephemeral one of another session, or of another kind than
   * wanted): `wait` (default) until it is gone, in state `foreign`; `delete` it and make ours in its place, in one step
   * that nobody sees between. Deletes once a session: two processes that insist do not go on taking it from each other.
   */
  readonly takeover?: 'wait' | 'delete' | undefined;
  /** Leave the node when closed. Default false. */
  readonly keepOnClose?: boolean | undefined;
  /** Of the node. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /** What missing parents are made as. Default `container`. */
  readonly parentMode?: 'container' | 'persistent' | undefined;
  /** Hears of what repeating does not mend, as a missing permission. Default: a warning of the process, once a path. */
  readonly onError?: ErrorHook | undefined;
}

const MODES: readonly CreateMode[] = [
  'persistent',
  'ephemeral',
  'persistent-sequential',
  'ephemeral-sequential',
  'container',
  'ttl',
  'ttl-sequential',
];

export function isSequential(mode: CreateMode): boolean {
  return mode.endsWith('-sequential');
}

export function isEphemeral(mode: CreateMode): boolean {
  return mode.startsWith('ephemeral');
}

/** The same kind of node under a name that is known. */
export function plainMode(mode: CreateMode): CreateMode {
  return mode.replace('-sequential', '') as CreateMode;
}

/** Throws unless a node can be kept with these. */
export function checkPersistentNode(path: string, options: PersistentNodeOptions): void {
  const { mode = 'ephemeral', takeover = 'wait', ttlMs } = options;
  const refuse = (message: string): never => {
    throw new BadArgumentsError({ message, path });
  };
  if (!MODES.includes(mode)) refuse(`mode is ${mode}; it must be one of ${MODES.join(', ')}`);
  const probe = isSequential(mode) ? childOf(parentOf(path), `${nameOf(path)}0`) : path;
  const fault = pathFault(path === '' ? path : probe) ?? (path === '/' ? 'the root cannot be made' : null);
  if (fault !== null) refuse(`path of a persistent node: ${fault}`);
  dataOf(options.data ?? null, path);
  if (!['wait', 'delete'].includes(takeover)) refuse(`takeover is ${takeover}; it must be wait or delete`);
  if (mode.startsWith('ttl') !== (ttlMs !== undefined)) refuse(`mode is ${mode} and ttlMs is ${ttlMs}`);
}
