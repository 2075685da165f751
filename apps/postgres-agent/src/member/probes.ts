import { type HttpAnswer } from '@stateful/reconcile-sdk';

/** What the probes and people want to know of a member; no secrets. */
export interface MemberView {
  readonly pod: string;
  readonly server: 'down' | 'standby' | 'primary';
  readonly holds: boolean;
  readonly holder: string | undefined;
  readonly isStreaming: boolean;
  readonly admitsClients: boolean;
  readonly data: string;
  readonly hasStarted: boolean;
  readonly lastError: string | undefined;
}

/** Why a member should not get clients; undefined when it should. */
export function whyNotReady(view: MemberView): string | undefined {
  if (view.server === 'primary') {
    if (!view.holds) return 'it is primary without the Lease';
    return view.admitsClients ? undefined : 'it waits until enough standbys have what it recovered';
  }
  if (view.server === 'standby')
    return view.isStreaming
      ? undefined
      : `it does not stream from ${view.holder ?? 'anyone: there is no primary'}`;
  return `Postgres is down${view.lastError ? `: ${view.lastError}` : ''}`;
}

export function probeRoutes(view: () => MemberView): Record<string, () => HttpAnswer> {
  const answer = (problem: string | undefined): HttpAnswer => ({
    status: problem === undefined ? 200 : 503,
    body: `${problem ?? 'ok'}\n`,
  });
  return {
    '/healthz': () => answer(undefined),
    '/readyz': () => answer(whyNotReady(view())),
    '/startupz': () => {
      const now = view();
      return answer(now.hasStarted ? undefined : (whyNotReady(now) ?? 'starting'));
    },
    '/status': () => ({ status: 200, contentType: 'application/json', body: `${JSON.stringify(view())}\n` }),
  };
}
