/** One member of a `server.N` line. IPv6 addresses come without their brackets. */
export interface MemberAddress {
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
}

/** Where clients are served: `[host:]port`. */
export interface ListenAddress {
  /** Null = all addresses. */
  readonly host: string | null;
  readonly port: number;
}

/** What a `server.N` line says: `addr[|addr]*[;client[;secure]]`, `addr` being `host:quorumPort:electionPort[:role]`. */
export interface ServerLine {
  readonly addresses: readonly MemberAddress[];
  readonly role: 'participant' | 'observer';
  readonly client: ListenAddress | null;
  readonly secureClient: ListenAddress | null;
}

const FORM = 'must have the form host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]';

/** Reads the value of a `server.N` key; a string tells what is wrong with it. */
export function parseServerLine(value: string): ServerLine | string {
  const [members = '', client = '', secure = '', ...rest] = value.split(';').map((part) => part.trim());
  if (rest.length > 0) return FORM;
  const addresses: MemberAddress[] = [];
  let role: ServerLine['role'] = 'participant';
  for (const member of members.split('|')) {
    const fields = splitAddress(member);
    if (fields.length < 3 || fields.length > 4) return FORM;
    const address = serverAddress(fields);
    if (typeof address === 'string') return address;
    addresses.push(address);
    if (fields[3] === undefined) continue;
    const named = fields[3].toLowerCase();
    if (named !== 'participant' && named !== 'observer') return `the role ${fields[3]} must be participant or observer`;
    role = named;
  }
  const clientAddress = listenAddress(client);
  const secureAddress = listenAddress(secure);
  if (typeof clientAddress === 'string') return clientAddress;
  if (typeof secureAddress === 'string') return secureAddress;
  return { addresses, role, client: clientAddress, secureClient: secureAddress };
}

function serverAddress(fields: readonly string[]): MemberAddress | string {
  const [host = '', quorum = '', election = ''] = fields;
  const quorumPort = portOf(quorum);
  const electionPort = portOf(election);
  if (host === '') return FORM;
  if (quorumPort === null) return `the quorum port ${quorum} must be a number from 1 to 65535`;
  if (electionPort === null) return `the election port ${election} must be a number from 1 to 65535`;
  if (quorumPort === electionPort) return 'the quorum port and the election port must differ';
  return { host, quorumPort, electionPort };
}

function listenAddress(part: string): ListenAddress | null | string {
  if (part === '') return null;
  const fields = splitAddress(part);
  const [host, port] = fields.length === 1 ? [null, fields[0]] : fields;
  const number = portOf(port ?? '');
  if (fields.length > 2 || number === null) {
    return `the client part ${part} must be a port, or an address and a port`;
  }
  return { host: host === undefined || host === '' ? null : host, port: number };
}

/** Splits at colons, but not at those within the brackets of an IPv6 address; the brackets are dropped. */
function splitAddress(address: string): string[] {
  const bracketed = /^\[([^\]]*)\](.*)$/.exec(address.trim());
  if (bracketed === null) return address.trim().split(':');
  const [, host = '', rest = ''] = bracketed;
  return [host, ...rest.split(':').slice(1)];
}

function portOf(digits: string): number | null {
  const port = /^\d+$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65535 ? port : null;
}
