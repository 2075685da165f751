import { type User } from '../access/user.ts';
import { type Writer } from '../fields/managed-fields.ts';
import { type ManagedFieldsEntry, type Meta } from '../json.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import { timeText } from '../metadata.ts';
import { type ServerState } from '../server-state.ts';

/** How one write is made. */
export interface WriteOptions {
  manager: string;
  dryRun: boolean;
  /** Unknown fields are refused. */
  strict: boolean;
  /** Told of unknown fields that are left out. */
  warn?: (text: string) => void;
  subresource: string | undefined;
  /** Of a request: its query. Absent: the server itself writes, and nobody is asked. */
  query?: URLSearchParams;
  /** Who writes; absent: the server itself, or an administrator. */
  user?: User;
}

/** Where an object is. */
export interface Place {
  namespace?: string;
  name: string;
}

/** Under which name, and when, a write is remembered. */
export function writerOf(
  { clock }: ServerState,
  kind: Pick<Kind, 'group' | 'version'>,
  { manager, subresource }: WriteOptions,
  operation: Writer['operation'],
): Writer {
  return {
    manager,
    operation,
    apiVersion: apiVersionOf(kind),
    subresource,
    ...(subresource === 'scale' ? {} : { time: timeText(clock.now()) }),
  };
}

/** Metadata with these owners; none at all where nobody owns anything. */
export const withManaged = (
  { managedFields: _old, ...metadata }: Meta,
  entries: ManagedFieldsEntry[],
): Meta => (entries.length > 0 ? { ...metadata, managedFields: entries } : metadata);
