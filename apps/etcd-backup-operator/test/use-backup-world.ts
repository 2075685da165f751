import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { openWriter, type Writer } from '@stateful/etcd/testing';
import {
  startBackupWorld,
  type BackupWorld,
  type RunningOperator,
  type StartOptions,
} from './backup-world.ts';

export const mebibyte = 1024 * 1024;

/** A world for the tests of one file. */
export interface UsedWorld {
  readonly world: BackupWorld;
  /** To the first member. */
  readonly writer: Writer;
  /** Starts an operator that is stopped when the test is over. */
  start(options?: StartOptions): RunningOperator;
}

/** Starts one before the tests of a `describe`, with 12 MiB of values, and leaves no operator and no fault between them. */
export function useBackupWorld(): UsedWorld {
  let world: BackupWorld | undefined;
  let writer: Writer | undefined;
  let running: RunningOperator[] = [];
  beforeAll(async () => {
    world = await startBackupWorld();
    writer = openWriter(world.etcd.endpoints[0]!);
    for (let index = 0; index < 24; index++)
      await writer.put(`key-${index}`, Buffer.alloc(mebibyte / 2, index));
  }, 1_200_000);
  afterEach(async () => {
    if (world) world.proxy.rule = undefined;
    await Promise.all(running.map((operator) => operator.stop()));
    running = [];
  }, 60_000);
  afterAll(async () => {
    writer?.close();
    await world?.stop();
  }, 60_000);
  return {
    get world() {
      return world!;
    },
    get writer() {
      return writer!;
    },
    start(options) {
      const operator = world!.start(options);
      running.push(operator);
      return operator;
    },
  };
}
