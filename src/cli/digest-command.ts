import { createInterface } from 'node:readline';
import { digestId } from '../server/auth/digest-id.js';
import { DIGEST_ALGORITHMS } from '../server/config/keys-security.js';
import { ExitStatus } from './exit-status.js';

/**
 * `pinfold digest`: the ACL id of a user and a password, for ACLs and for `superDigest`. The password comes from standard
 * input, so that it stays out of the process list and the shell's history.
 * @param algorithm one of the names ZooKeeper knows, such as SHA1
 */
export async function printDigest(user: string, algorithm: string): Promise<ExitStatus> {
  if (process.stdin.isTTY) process.stderr.write(`Password of ${user}: `);
  const password = await firstLine();
  if (user.includes(':') || user === '' || password === '') {
    console.error(
      password === ''
        ? 'pinfold: no password on standard input'
        : 'pinfold: a user name has no colon, and is not empty',
    );
    return ExitStatus.usage;
  }
  console.log(digestId(`${user}:${password}`, DIGEST_ALGORITHMS[algorithm] ?? 'sha1'));
  return ExitStatus.ok;
}

async function firstLine(): Promise<string> {
  const input = createInterface({ input: process.stdin });
  for await (const line of input) return line;
  return '';
}
