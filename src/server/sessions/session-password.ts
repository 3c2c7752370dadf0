const SESSION_PASSWORD_BYTES = 16;

const SECRET = 0xb341_5c00n;
const MULTIPLIER = 0x5_deec_e66dn;
const INCREMENT = 0xbn;
const MASK_48 = (1n << 48n) - 1n;

/** The password that goes with a session id: a checksum, the same on every server (client-protocol 2.5). */
export function sessionPassword(id: bigint): Buffer {
  const password = Buffer.alloc(SESSION_PASSWORD_BYTES);
  let seed = (BigInt.asUintN(64, id) ^ SECRET ^ MULTIPLIER) & MASK_48;
  for (let at = 0; at < SESSION_PASSWORD_BYTES; at += 4) {
    seed = (seed * MULTIPLIER + INCREMENT) & MASK_48;
    password.writeUInt32LE(Number(seed >> 16n), at);
  }
  return password;
}

/** Whether a client knows a session's password. */
export function isSessionPassword(id: bigint, given: Buffer | null): boolean {
  return given !== null && given.equals(sessionPassword(id));
}
