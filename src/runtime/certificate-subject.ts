import type { X509Certificate } from 'node:crypto';

/**
 * A certificate's subject as RFC 2253 text (`CN=alice,OU=eng,O=Example`): the last component first. Node gives one
 * `KEY=value` a line, first component first, special characters already escaped.
 */
export function certificateSubject(certificate: X509Certificate | undefined): string | null {
  if (certificate === undefined) return null;
  const components = certificate.subject.split('\n').filter((line) => line.includes('='));
  return components.reverse().join(',');
}
