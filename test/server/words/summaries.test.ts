import { describe, expect, it } from 'vitest';
import { EventType } from '../../../src/protocol/event.js';
import { dateText } from '../../../src/server/words/date-text.js';
import { NamespaceStats } from '../../../src/server/words/namespace-stats.js';
import { decimalText } from '../../../src/server/words/number-text.js';
import { PercentileSummary } from '../../../src/server/words/percentile-summary.js';
import { ServerStats } from '../../../src/server/words/server-stats.js';
import { Summary } from '../../../src/server/words/summary.js';

describe('Summary', () => {
  it('knows count, sum, extremes and average', () => {
    const summary = new Summary();
    expect(summary).toMatchObject({ count: 0, sum: 0, min: 0, max: 0, average: 0 });
    for (const value of [5, 3, 10]) summary.add(value);
    expect(summary).toMatchObject({ count: 3, sum: 18, min: 3, max: 10, average: 6 });
    summary.reset();
    summary.add(7);
    expect(summary).toMatchObject({ count: 1, min: 7, max: 7 });
  });
});

describe('PercentileSummary', () => {
  it('is exact for small values', () => {
    const summary = new PercentileSummary();
    for (let value = 1; value <= 10; value++) summary.add(value);
    expect([0.5, 0.9, 0.99].map((fraction) => summary.quantile(fraction))).toEqual([5, 9, 10]);
  });

  it('is at most an eighth too high for large ones, and never above the greatest', () => {
    const summary = new PercentileSummary();
    for (let value = 1; value <= 100_000; value++) summary.add(value);
    for (const fraction of [0.5, 0.95, 0.99, 0.999]) {
      const exact = fraction * 100_000;
      expect(summary.quantile(fraction)).toBeGreaterThanOrEqual(exact);
      expect(summary.quantile(fraction)).toBeLessThanOrEqual(Math.min(exact * 1.125, 100_000));
    }
  });

  it('takes the largest values there are', () => {
    const summary = new PercentileSummary();
    summary.add(2 ** 31 - 1);
    expect(summary.quantile(0.5)).toBe(2 ** 31 - 1);
  });

  it('has nothing to tell when empty or reset', () => {
    const summary = new PercentileSummary();
    expect(summary.quantile(0.5)).toBe(0);
    summary.add(4);
    summary.reset();
    expect(summary.quantile(0.99)).toBe(0);
  });
});

describe('ServerStats', () => {
  it('counts requests, answers and events', () => {
    const stats = new ServerStats();
    stats.received(40);
    stats.answered(3.7, true);
    stats.answered(0.2, false);
    stats.watchesFired(EventType.nodeCreated, 3);
    stats.watchesFired(EventType.nodeDeleted, 2);
    stats.responseSent(100);
    stats.responseSent(16);
    expect(stats).toMatchObject({
      packetsReceived: 1,
      packetsSent: 7,
      lastResponseBytes: 16,
      minResponseBytes: 16,
      maxResponseBytes: 100,
    });
    expect(stats.latency).toMatchObject({ min: 0, max: 3 });
    expect(stats.percentiles.updatelatency.count).toBe(1);
    expect(stats.summaries.node_created_watch_count.sum).toBe(3);
    expect(stats.counterValues()).toMatchObject({ bytes_received_count: 40, response_bytes: 116 });
  });

  it('counts the work of the disk', () => {
    const stats = new ServerStats();
    stats.synced(4.6, 17);
    stats.snapshotWritten(120);
    stats.loaded(300, 99);
    expect(stats.summaries.fsynctime.max).toBe(5);
    expect(stats.summaries.sync_processor_batch_size.max).toBe(17);
    expect(stats.summaries.snapshottime.sum).toBe(120);
    expect(stats.summaries.startup_txns_loaded.sum).toBe(99);
  });

  it('forgets everything at a reset', () => {
    const stats = new ServerStats();
    stats.connectRequested();
    stats.connectRevalidated();
    stats.sessionExpired();
    stats.proposed();
    stats.committed();
    stats.authFailed();
    stats.wordAsked();
    stats.synced(1, 1);
    stats.reads.add('/a', 1);
    stats.counters.connection_rejected++;
    stats.reset();
    expect(JSON.stringify(stats)).toBe(JSON.stringify(new ServerStats()));
    expect([...stats.reads.entries()]).toEqual([]);
  });
});

describe('NamespaceStats', () => {
  it('goes by the first component of the path', () => {
    const stats = new NamespaceStats();
    stats.add('/app', 1);
    stats.add('/app/config/x', 2);
    stats.add('/', 4);
    expect([...stats.entries()].map(([key, { count, sum }]) => [key, count, sum])).toEqual([['app', 2, 3]]);
  });

  it('counts a path in a frame like the same path as a text', () => {
    const [texts, frames] = [new NamespaceStats(), new NamespaceStats()];
    for (const path of [
      '/app',
      '/app/x',
      '/apple',
      '/a',
      '/',
      '',
      '/größe/x',
      '/größe',
      '/app',
      'odd',
      '/app/',
      '//x',
    ]) {
      const frame = Buffer.from(`..${path}..`);
      texts.add(path, path.length);
      frames.addAt(frame, 2, frame.length - 2, path.length);
    }
    expect([...frames.entries()]).toEqual([...texts.entries()]);
  });

  it('cannot be filled without end', () => {
    const stats = new NamespaceStats();
    for (let index = 0; index < 5000; index++) stats.add(`/n${index}`, 1);
    expect([...stats.entries()]).toHaveLength(1000);
  });
});

describe('texts', () => {
  it('print averages with one to four decimals', () => {
    expect([0, 86, 8.45, 76.884615, 0.85249].map(decimalText)).toEqual(['0.0', '86.0', '8.45', '76.8846', '0.8525']);
  });

  it('print dates as Java does', () => {
    expect(dateText(Date.UTC(2026, 10, 1, 9, 2, 4))).toBe('Sun Nov 01 09:02:04 UTC 2026');
  });
});
