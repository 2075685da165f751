import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { countedFamilies, durationFamily, statusFamilies } from '@stateful/etcd-backup-operator';
import { alerts, runbookOf } from './alerts.ts';
import { dashboard } from './dashboard.ts';

const runbooks = join(import.meta.dirname, '../../../docs/runbooks');
const known = [...Object.keys(statusFamilies), ...Object.keys(countedFamilies), durationFamily.name];
const metricsIn = (text: string): string[] => text.match(/\betcd_backup_[a-z_]+/g) ?? [];

describe('alerts', () => {
  it('each have a runbook that says what it means, what to look at and what to do, and no page is left over', () => {
    const pages = readdirSync(runbooks).filter((page) => page.startsWith('etcd-'));
    expect(pages.sort()).toEqual(alerts.map(({ alert }) => runbookOf(alert)).sort());
    for (const { alert } of alerts) {
      const text = readFileSync(join(runbooks, runbookOf(alert)), 'utf8');
      expect(text.match(/^#.*$/gm)).toEqual([
        `# ${alert}`,
        '## What it means',
        '## What to look at',
        '## What to do',
      ]);
    }
  });

  it('and the dashboard ask for metrics that there are', () => {
    const asked = [...alerts.map(({ expr }) => expr), JSON.stringify(dashboard)].flatMap(metricsIn);
    expect(asked.length).toBeGreaterThan(20);
    for (const metric of asked) expect(known).toContain(metric);
  });
});
