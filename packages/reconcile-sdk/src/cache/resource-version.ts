import { compareResourceVersions } from '../client/index.ts';

const decimal = /^[1-9][0-9]*$/;

/**
 * Whether `version` is older than `than`. Versions of aggregated API servers may be anything; what cannot be
 * compared is never called older.
 */
export const isOlder = (version: string, than: string): boolean =>
  decimal.test(version) && decimal.test(than) && compareResourceVersions(version, than) < 0;
