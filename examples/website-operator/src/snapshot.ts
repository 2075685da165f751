import { type Deployment } from '@stateful/reconcile-sdk';
import { type Website } from './website.ts';
import { type Holder } from './zone.ts';

/** All that is looked at before anything is decided. */
export interface Snapshot {
  website: Website;
  deployment: Deployment | undefined;
  /** Who has the host name of the spec. */
  wanted: Holder;
  /** Who has the host name under which the site was reached so far; `nobody` if it never was. */
  present: Holder;
}

/** Under which name we are registered in the zone. */
export const ownName = ({ metadata }: Website): string => metadata?.uid ?? '';
