import { describe, expect, it } from 'vitest';
import { InstanceSerializer, UnreadableInstanceError } from '../../../src/recipes/discovery/index.js';
import type { ServiceInstance } from '../../../src/recipes/discovery/index.js';

const PATH = '/disc/web/i-1';
const serializer = new InstanceSerializer();

function read(text: string): ServiceInstance | null {
  return serializer.deserialize(Buffer.from(text), PATH);
}

describe('what Java writes is read', () => {
  it('with defaults for missing fields, and no heed of unknown ones', () => {
    expect(read('{"name":"web","id":"i-1","extra":{"a":1}}')).toEqual({
      name: 'web',
      id: 'i-1',
      address: '',
      port: null,
      sslPort: null,
      payload: null,
      registrationTimeUTC: 0,
      serviceType: 'DYNAMIC',
      uriSpec: null,
      enabled: true,
    });
  });

  it.each([
    ['"hi"', 'hi'],
    ['["java.lang.String","hi"]', 'hi'],
    ['["java.lang.Long",5]', 5],
    ['{"@class":"java.util.LinkedHashMap","k":1}', { k: 1 }],
    ['{"@class":"Pay","list":["java.util.ArrayList",[1,["java.lang.Long",2]]]}', { list: [1, 2] }],
    ['["a","b"]', ['a', 'b']],
    ['null', null],
  ])('payload %s', (written, payload) => {
    expect(read(`{"name":"web","id":"i-1","payload":${written}}`)?.payload).toEqual(payload);
  });

  it('CURATOR-574: but empty data is no instance, and no error', () => {
    expect(serializer.deserialize(Buffer.alloc(0), PATH)).toBeNull();
    expect(serializer.deserialize(null, PATH)).toBeNull();
  });

  it.each(['{', '[]', '"text"', '{"name":"web"}', 'null'])('and %s is told to be unreadable', (text) => {
    expect(() => read(text)).toThrow(UnreadableInstanceError);
  });

  it('and what the decoder of payloads refuses', () => {
    const decode = (): never => {
      throw new Error('not mine');
    };
    const strict = new InstanceSerializer({ decode });
    expect(() => strict.deserialize(Buffer.from('{"name":"a","id":"b","payload":1}'), PATH)).toThrow(
      /payload was refused/,
    );
    expect(strict.deserialize(Buffer.from('{"name":"a","id":"b"}'), PATH)?.payload).toBeNull();
  });
});
