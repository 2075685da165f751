import { writeFile } from 'node:fs/promises';
import { type AgentResult, type AgentSuccess } from '@stateful/etcd-backup-api';
import { ObjectStoreError } from '@stateful/object-store';
import { describeError } from '@stateful/reconcile-sdk';
import { AgentFailure } from './failure.ts';

/** How a command ended, and the exit code that says so: 0 well, 1 another run may help, 2 it would end the same way. */
export interface Outcome {
  readonly result: AgentResult;
  readonly exitCode: 0 | 1 | 2;
}

/** Runs a command to its outcome. Never throws. */
export async function outcomeOf(run: () => Promise<Omit<AgentSuccess, 'ok'>>): Promise<Outcome> {
  try {
    return { result: { ok: true, ...(await run()) }, exitCode: 0 };
  } catch (error) {
    const failure = asFailure(error);
    return {
      result: { ok: false, code: failure.code, message: describeError(failure).slice(0, 2048) },
      exitCode: failure.isFinal ? 2 : 1,
    };
  }
}

function asFailure(error: unknown): AgentFailure {
  if (error instanceof AgentFailure) return error;
  const message = describeError(error);
  if (error instanceof ObjectStoreError) {
    return error.isPassing
      ? new AgentFailure('StoreUnavailable', message, { isFinal: false })
      : // Rights can be granted and Secrets mended while a Job tries again.
        new AgentFailure('StoreRefused', message, { isFinal: false });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AgentFailure('NoSpace', message);
  return new AgentFailure('Failed', message, { isFinal: false });
}

/** The one line, to standard output and, in a pod, to where its kubelet looks. */
export async function tellResult(
  { result }: Outcome,
  { print, terminationLog }: { print: (line: string) => void; terminationLog: string | undefined },
): Promise<void> {
  const line = JSON.stringify(result);
  print(line);
  if (terminationLog !== undefined) await writeFile(terminationLog, `${line}\n`);
}
