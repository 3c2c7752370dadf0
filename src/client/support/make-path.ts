import { ErrorCode } from '../../protocol/error-codes.js';
import type { Acl } from '../../protocol/acl.js';
import { parentOf } from '../../protocol/paths.js';
import type { WaitOptions } from '../client-options.js';
import { KeeperError, NodeExistsError, NoNodeError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';

const NOTHING = Buffer.alloc(0);

export interface PathToMake {
  readonly path: string;
  /** `container`: the server removes it once it is empty again. A server that knows no containers gets persistent nodes. */
  readonly mode: 'container' | 'persistent';
  /** The list of each node that is made. */
  readonly aclOf: (path: string) => readonly Acl[] | undefined;
}

/** Makes a call that may be repeated, as often as the caller's patience allows. */
export type Repeat = <T>(call: (wait: WaitOptions) => Promise<T>) => Promise<T>;

/**
 * Makes a node and its missing ancestors, all of them empty. From below upwards and down again, so that nothing has to be
 * permitted above the deepest node that is there. A container may vanish between two steps, so this is a loop.
 */
export async function makePath(client: KeeperClient, repeat: Repeat, { path, mode, aclOf }: PathToMake): Promise<void> {
  if (path === '/') throw missingRoot(client);
  let modeNow = mode;
  for (;;) {
    try {
      await repeat((wait) => client.create(path, NOTHING, { mode: modeNow, acl: aclOf(path), ...wait }));
      return;
    } catch (error) {
      if (error instanceof NodeExistsError) return;
      if (error instanceof NoNodeError) {
        await makePath(client, repeat, { path: parentOf(path), mode: modeNow, aclOf });
      } else if (modeNow === 'container' && isUnimplemented(error)) {
        modeNow = 'persistent';
      } else {
        throw error;
      }
    }
  }
}

function isUnimplemented(error: unknown): boolean {
  return error instanceof KeeperError && error.rc === ErrorCode.UNIMPLEMENTED;
}

/** `/` is always there, unless the connect string put it somewhere else. */
function missingRoot(client: KeeperClient): NoNodeError {
  return new NoNodeError({ message: `the chroot ${client.chroot} does not exist: create it first`, path: '/' });
}
