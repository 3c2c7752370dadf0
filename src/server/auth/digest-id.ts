import { createHash } from 'node:crypto';

/**
 * The ACL id of a digest credential: `user:base64(hash("user:password"))`. The user ends at the first colon; without a
 * colon the whole text is the user.
 * @param algorithm a name node:crypto knows; ZooKeeper's default is sha1
 */
export function digestId(credential: string, algorithm: string): string {
  const colon = credential.indexOf(':');
  const user = colon === -1 ? credential : credential.slice(0, colon);
  return `${user}:${createHash(algorithm).update(credential, 'utf8').digest('base64')}`;
}
