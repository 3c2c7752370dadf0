import type { EnsembleConfig } from '../server/config/ensemble-config.js';
import type { ServerConfig } from '../server/config/server-config.js';
import type { QuorumMember } from '../server/zab/quorum-config.js';

/** What a configuration means for the ensemble it describes, in words; null for a server that runs alone. */
export function explainEnsemble({ ensemble, tickTimeMs }: ServerConfig): string | null {
  if (ensemble === null) return null;
  const { members } = ensemble.membership;
  const catchUp = seconds(ensemble.initLimit * tickTimeMs);
  const silence = seconds(ensemble.syncLimit * tickTimeMs);
  return [
    `This is server ${ensemble.sid} of ${sizeText(ensemble)}.`,
    ...[...members.values()].map((member) => `  ${memberText(member, ensemble.sid)}`),
    `A server has ${catchUp} to find a leader and catch up (initLimit), and is given up after ${silence} of silence (syncLimit).`,
    changesText(ensemble),
    tlsText(ensemble),
  ].join('\n');
}

function sizeText({ membership }: EnsembleConfig): string {
  const voters = membership.participants.length;
  const observers = membership.members.size - voters;
  const size = `${count(voters, 'voter')}${observers === 0 ? '' : ` and ${count(observers, 'observer')}`}`;
  if (membership.isHierarchical) return `an ensemble of ${size} in ${count(membership.groups.size, 'group')}`;
  return `an ensemble of ${size}; it serves while ${Math.floor(voters / 2) + 1} of the voters run and reach each other`;
}

function memberText({ sid, role, addresses, client, secureClient }: QuorumMember, ownSid: number): string {
  const places = addresses.map(
    ({ host, quorumPort, electionPort }) => `${bracketed(host)}, ports ${quorumPort} and ${electionPort}`,
  );
  const ports = [client, secureClient]
    .filter((each) => each !== null)
    .map((each) => `, clients at ${bracketed(each.host ?? '0.0.0.0')}:${each.port}`);
  const mark = sid === ownSid ? ' (this server)' : '';
  return `server.${sid}  ${role === 'observer' ? 'observer' : 'voter'} at ${places.join(' or ')}${ports.join('')}${mark}`;
}

function changesText({ reconfigEnabled, files, membership }: EnsembleConfig): string {
  if (!reconfigEnabled) return 'The members are fixed: reconfigEnabled is off.';
  const where = files === null ? '' : `; they are then kept in ${files.configFile}.dynamic.<version>`;
  return `The members may be changed while it runs${where}. Their version is ${membership.version.toString(16)}.`;
}

function tlsText({ sslQuorum, portUnification }: EnsembleConfig): string {
  if (sslQuorum) return `Servers speak TLS to each other${portUnification ? ', and take plain connections too' : ''}.`;
  return `Servers speak to each other without TLS${portUnification ? ', and take TLS connections too' : ''}.`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
