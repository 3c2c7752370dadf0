import { describe, expect, it } from 'vitest';
import { pointToDynamicFile } from '../../../src/server/config/membership-text.js';
import { parseProperties } from '../../../src/server/config/properties.js';

const dynamicFile = '/etc/zoo.cfg.dynamic.100000000';
const point = (lines: readonly string[], dropped: readonly string[] = []) =>
  pointToDynamicFile(lines.join('\n'), { dynamicFile, dropped });

describe('a configuration file whose members move out', () => {
  it('loses them and their like, and keeps everything else, comments too', () => {
    const text = [
      '# our ensemble',
      'tickTime=2000',
      'server.1=zk1:2888:3888',
      'server.2 : zk2:2888:\\',
      '           3888',
      '',
      'zookeeper.group.1=1:2',
      'weight.1=1',
      'peerType=observer',
      'clientPort=2181',
      'server.realm=EXAMPLE',
    ];
    expect(point(text)).toBe(
      [
        '# our ensemble',
        'tickTime=2000',
        '',
        'clientPort=2181',
        'server.realm=EXAMPLE',
        `dynamicConfigFile=${dynamicFile}`,
        '',
      ].join('\n'),
    );
  });

  it('names the file anew each time, and keeps its line breaks', () => {
    const text = 'dynamicConfigFile=/etc/zoo.cfg.dynamic.1\r\ndataDir=/d\r\n';
    expect(pointToDynamicFile(text, { dynamicFile, dropped: [] })).toBe(
      `dataDir=/d\r\ndynamicConfigFile=${dynamicFile}\n`,
    );
  });

  it('loses ports that the members tell now', () => {
    const text = ['clientPort=2181', 'clientPortAddress=10.0.0.5', 'secureClientPort=2281'];
    expect(point(text, ['clientPort', 'clientPortAddress'])).toBe(
      `secureClientPort=2281\ndynamicConfigFile=${dynamicFile}\n`,
    );
  });

  it('may hold only members', () => {
    expect(point(['server.1=zk1:2888:3888'])).toBe(`dynamicConfigFile=${dynamicFile}\n`);
    expect(point([])).toBe(`dynamicConfigFile=${dynamicFile}\n`);
  });

  it('can name any path', () => {
    const path = '/etc/Köln\\zoo\n€.cfg';
    const text = pointToDynamicFile('', { dynamicFile: path, dropped: [] });
    expect(text).toMatch(/^[\x20-\x7e]*\n$/);
    expect(parseProperties(text, 'zoo.cfg')[0]?.value).toBe(path);
  });
});
