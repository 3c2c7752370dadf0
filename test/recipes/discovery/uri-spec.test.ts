import { describe, expect, it } from 'vitest';
import type { ServiceInstance } from '../../../src/recipes/discovery/index.js';
import { UriSpec } from '../../../src/recipes/discovery/index.js';

const instance: ServiceInstance = {
  name: 'web',
  id: 'i-1',
  address: '192.0.2.10',
  port: 8080,
  sslPort: null,
  payload: null,
  registrationTimeUTC: 1_700_000_000_000,
  serviceType: 'DYNAMIC_SEQUENTIAL',
  uriSpec: null,
  enabled: true,
};

describe('UriSpec', () => {
  it.each([
    ['{scheme}://{address}:{port}/x', 'http://192.0.2.10:8080/x'],
    ['{name}/{id}/{ssl-port}/{registration-time-utc}/{service-type}', 'web/i-1//1700000000000/dynamic_sequential'],
    ['{ scheme }:{[}x{]}', 'http:{x}'],
    ['{unknown}nothing', 'nothing'],
    ['plain', 'plain'],
    ['', ''],
  ])('%s', (text, uri) => {
    expect(new UriSpec(text).build(instance)).toBe(uri);
  });

  it('speaks https when there is an sslPort, and lets given variables go before the known ones', () => {
    expect(new UriSpec('{scheme}').build({ ...instance, sslPort: 8443 })).toBe('https');
    expect(new UriSpec('{scheme}://{host}').build(instance, { scheme: 'ws', host: 'x' })).toBe('ws://x');
    expect(new UriSpec('{a}').build()).toBe('');
  });

  it.each(['{a', 'a}', '{a{b}}', '{a}}'])('refuses %s', (text) => {
    expect(() => new UriSpec(text)).toThrow(/URI/);
  });

  it('has the JSON of Java', () => {
    expect(JSON.stringify(new UriSpec('{scheme}://x'))).toBe(
      '{"parts":[{"value":"scheme","variable":true},{"value":"://x","variable":false}]}',
    );
    expect(String(new UriSpec('{scheme}://x'))).toBe('{scheme}://x');
  });
});
