import { operation, type OperationDefinition, type StepContext, type Answer } from '@stateful/reconcile-sdk';
import { ownName, type Snapshot } from './snapshot.ts';
import { type Holder, type Zone } from './zone.ts';

const isOurs = (holder: Holder): Answer => (holder === 'unknown' ? 'unknown' : holder === 'us');
const isNotOurs = (holder: Holder): Answer => (holder === 'unknown' ? 'unknown' : holder !== 'us');
/** The params of the wish, as text. */
const names = ({ params }: Pick<StepContext, 'params'>) =>
  params as { readonly hostname: string; readonly previous: string };

/** Moves the site to the name in the params: first the new name is taken, then the old one let go. */
export const publish = (zone: Zone): OperationDefinition<Snapshot> =>
  operation({
    kind: 'publish',
    deadlineMs: 10 * 60_000,
    steps: [
      {
        name: 'claim',
        // Each step looks at its own effect: after a crash it finds what it has done.
        done: (view) => isOurs(view.wanted),
        act: (view, call) => zone.claim(names(call).hostname, ownName(view.website), call.signal),
        undo: {
          done: (view) => isNotOurs(view.wanted),
          act: (view, call) => zone.release(names(call).hostname, ownName(view.website), call.signal),
        },
      },
      {
        name: 'release-old',
        pointOfNoReturn: true,
        done: (view, context) => {
          const { hostname, previous } = names(context);
          return previous === '' || previous === hostname || isNotOurs(view.present);
        },
        act: (view, call) => zone.release(names(call).previous, ownName(view.website), call.signal),
      },
    ],
  });

/** Whether no name is ours any more. */
export function isReleased(view: Snapshot): Answer {
  const gone = [view.wanted, view.present].map((holder) => isNotOurs(holder));
  return gone.includes('unknown') ? 'unknown' : gone.every((is) => is === true);
}

/** Lets go of every name; for a website that is deleted. */
export const retire = (zone: Zone): OperationDefinition<Snapshot> =>
  operation({
    kind: 'retire',
    steps: [
      {
        name: 'release',
        done: isReleased,
        async act(view, { signal }) {
          const { spec, status } = view.website;
          for (const hostname of new Set([spec.hostname, status?.hostname ?? spec.hostname]))
            await zone.release(hostname, ownName(view.website), signal);
        },
      },
    ],
  });
