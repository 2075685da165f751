import { describe, expect, it } from '@jest/globals';
import { connectionSettings, imageSources, parseIndexes, parseOsRelease } from './apt-sources.ts';

const indexes = parseIndexes(
  [
    'http://mirror.test/debian/|bookworm|main',
    'http://mirror.test/debian/|bookworm-updates|main',
    'http://mirror.test/debian/|bookworm-backports|main',
    'http://mirror.test/debian-security/|bookworm-security|main',
    'http://mirror.test/debian/|bookworm|non-free-firmware',
    'http://vendor.test/packages/|nodistro|main',
    '',
  ].join('\n'),
);

describe('the package sources of images', () => {
  it('are those of the machine, for the release of the images', () => {
    expect(imageSources(indexes, 'bookworm')).toEqual([
      'deb http://mirror.test/debian trixie main',
      'deb http://mirror.test/debian trixie-updates main',
      'deb http://mirror.test/debian-security trixie-security main',
    ]);
  });

  it('are found when the machine follows a moving name', () => {
    const stable = [{ uri: 'http://mirror.test/debian', release: 'stable', component: 'main' }];
    expect(imageSources(stable, 'trixie')).toEqual(['deb http://mirror.test/debian trixie main']);
  });

  it('are none when the machine has none of Debian', () => {
    expect(imageSources(indexes, 'noble')).toEqual([]);
  });
});

describe('the settings of the machine', () => {
  it('are taken over when they say how servers are reached', () => {
    const dump = [
      'APT::Architecture "amd64";',
      'Acquire::http "";',
      'Acquire::http::Proxy "http://proxy.test:3128";',
      'Acquire::https::CaInfo "";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::Languages "none";',
    ].join('\n');
    expect(connectionSettings(dump)).toEqual([
      'Acquire::http::Proxy "http://proxy.test:3128";',
      'Acquire::Check-Valid-Until "false";',
    ]);
  });

  it('tell the distribution', () => {
    expect(parseOsRelease('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')).toEqual({
      id: 'debian',
      codename: 'bookworm',
    });
  });
});
