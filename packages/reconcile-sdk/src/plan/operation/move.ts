import { type OperationDefinition, type StepDefinition, type WantedOperation } from './definition.ts';
import { type OperationRecord } from './record.ts';

/** What a move is decided from, besides the record. */
export interface OperationInput<View> {
  /** Of the object. */
  readonly uid: string;
  readonly definitions: readonly OperationDefinition<View>[];
  readonly wanted: WantedOperation | 'hold' | undefined;
  readonly view: View;
  /** Wall clock, milliseconds. */
  readonly now: number;
  /** The leader's term; another one than the record's takes the operation over. */
  readonly epoch: number;
  /** Id of the operation that somebody wants back. */
  readonly cancel?: string | undefined;
  /** Id of the operation that somebody wants tried again although it failed. */
  readonly retry?: string | undefined;
}

/** A request that may be made once `status` is stored. */
export interface OperationEffect<View> {
  readonly definition: OperationDefinition<View>;
  readonly step: StepDefinition<View>;
  readonly direction: 'act' | 'undo';
}

/** What one look makes of a record. */
export interface Move<View> {
  readonly record: OperationRecord | undefined;
  readonly effect?: OperationEffect<View> | undefined;
  readonly waitMs?: number | undefined;
  readonly cannotCancel?: boolean;
}
