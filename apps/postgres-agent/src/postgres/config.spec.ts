import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conninfo, quote, renderConfig, synchronousStandbyNames, type ConfigInput } from './config.ts';
import { layoutOf } from './layout.ts';

const input: ConfigInput = {
  layout: layoutOf('/volume', '/run'),
  pod: 'pg-0',
  cluster: 'pg',
  port: 5432,
  parameters: { work_mem: '64MB' },
  stance: { source: undefined, rule: undefined },
  hasArchive: false,
  slotWalKeepMegabytes: 300,
  listens: true,
};
const settingsOf = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)]),
  );

describe('renderConfig', () => {
  it('streams from nobody unless told, and waits for nobody unless told', () => {
    const settings = settingsOf(renderConfig(input));
    expect(settings.get('primary_conninfo')).toBe("''");
    expect(settings.get('synchronous_standby_names')).toBe("''");
    expect(settings.get('work_mem')).toBe("'64MB'");
  });

  it('lets no parameter of a user win over a managed one', () => {
    const text = renderConfig({ ...input, parameters: { fsync: 'off', restart_after_crash: 'on' } });
    expect(settingsOf(text).get('restart_after_crash')).toBe("'off'");
  });

  it('keeps every value on one line and inside its quotes', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        let text: string;
        try {
          text = quote(value);
        } catch {
          expect(value).toMatch(/[\u0000-\u001f]/);
          return;
        }
        expect(text.slice(1, -1).replaceAll("''", '')).not.toContain("'");
        expect(text).not.toContain('\n');
      }),
    );
  });

  it('archives with pgBackRest only where there is a store', () => {
    expect(settingsOf(renderConfig(input)).get('archive_command')).toBe("'/bin/true'");
    expect(settingsOf(renderConfig({ ...input, hasArchive: true })).get('archive_command')).toContain(
      'archive-push',
    );
  });
});

describe('synchronousStandbyNames', () => {
  it('names all others and how many of them must answer', () => {
    expect(synchronousStandbyNames({ members: ['pg-0', 'pg-1', 'pg-2'], acks: 1 }, 'pg-0')).toBe(
      'ANY 1 ("pg-1","pg-2")',
    );
    expect(synchronousStandbyNames({ members: ['pg-0'], acks: 0 }, 'pg-0')).toBe('');
  });
});

it('conninfo holds no password', () => {
  expect(conninfo(input, '10.0.0.1')).toContain('passfile=/run/pgpass');
  expect(conninfo(input, '10.0.0.1')).not.toContain('password=');
});
