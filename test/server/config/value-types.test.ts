import { describe, expect, it } from 'vitest';
import {
  float,
  hoursOrDuration,
  int,
  list,
  looseBool,
  onlyYes,
  port,
  strictBool,
  unlessNo,
} from '../../../src/server/config/value-types.js';

describe('numbers', () => {
  it('are whole and within bounds', () => {
    const type = int({ min: 1, max: 10, unit: 'ms' });
    expect(['1', '+7', '010'].map((text) => type.parse(text))).toEqual([1, 7, 10]);
    expect(['0', '11', '', 'abc', '1.0', '1e1', '0x1', '1 ', '-1'].map((text) => type.parse(text))).toEqual(
      Array(9).fill(undefined),
    );
    expect(type.allowed).toBe('must be a whole number of ms from 1 to 10');
  });

  it('end at the largest 32-bit integer unless told otherwise', () => {
    expect(int().parse('2147483647')).toBe(2147483647);
    expect(int().parse('2147483648')).toBeUndefined();
  });

  it('may have a fraction where a fraction makes sense', () => {
    expect(float().parse('0.33')).toBe(0.33);
    expect(float().parse('.5')).toBe(0.5);
    expect(float().parse('1,5')).toBeUndefined();
  });

  it('name ports from 0 to 65535', () => {
    expect(['0', '2181', '65535'].map((text) => port.parse(text))).toEqual([0, 2181, 65535]);
    expect(['-1', '65536', '21x', ''].map((text) => port.parse(text))).toEqual(Array(4).fill(undefined));
  });
});

describe('switches', () => {
  it('read strictly take true and false in any case and nothing else', () => {
    expect(['true', 'TRUE', 'False'].map((text) => strictBool.parse(text))).toEqual([true, true, false]);
    expect(['yes', '1', ''].map((text) => strictBool.parse(text))).toEqual(Array(3).fill(undefined));
  });

  it('read loosely are off for everything but true, and remark on odd text', () => {
    expect(['true', 'True', 'yes', '1', ''].map((text) => looseBool.parse(text))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(looseBool.remark?.('yes')).toMatch(/is read as false/);
    expect(looseBool.remark?.('FALSE')).toBeUndefined();
  });

  it('of the yes/no kind follow the one word that counts', () => {
    expect(['yes', 'no', 'true', 'YES'].map((text) => onlyYes.parse(text))).toEqual([true, false, false, false]);
    expect(['yes', 'no', 'false', 'NO'].map((text) => unlessNo.parse(text))).toEqual([true, false, true, true]);
    expect(onlyYes.remark?.('true')).toMatch(/is read as no/);
    expect(unlessNo.remark?.('false')).toMatch(/is read as yes/);
  });
});

describe('durations and lists', () => {
  it('are hours, or carry a unit', () => {
    expect(['0', '24', '90m', '500ms', '30 s', '7d'].map((text) => hoursOrDuration.parse(text))).toEqual([
      0, 86_400_000, 5_400_000, 500, 30_000, 604_800_000,
    ]);
    expect(['1.5', '-1', '1w', ''].map((text) => hoursOrDuration.parse(text))).toEqual(Array(4).fill(undefined));
  });

  it('are separated by commas, blanks around them dropped', () => {
    expect(list.parse(' ruok, srvr ,,mntr')).toEqual(['ruok', 'srvr', 'mntr']);
  });
});
