import { type ClusterOptions } from '../cluster/index.ts';
import { resourceText } from '../client/index.ts';
import { describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { type Metrics } from '../metrics/index.ts';
import { traced } from '../tracing/index.ts';

/** What the caches and calls of one cluster tell, as metrics and logs. */
export function clusterObservers(
  metrics: Metrics,
  clusterLog: Logger,
  onAdvance: () => void,
): Pick<ClusterOptions, 'transport' | 'informers' | 'onEvent'> {
  return {
    onEvent: (fate) => metrics.eventRecorded(fate),
    transport: {
      traced,
      onCall: metrics.transport.onCall,
      onLookup: metrics.transport.onLookup,
      onWarning: ({ text, what }) => clusterLog.warn({ call: what }, `the API server warns: ${text}`),
      onProblem: (error) =>
        clusterLog.error({ error: describeError(error) }, 'the credentials cannot be used'),
    },
    informers: {
      onAdvance,
      onFailure({ name, resource, namespace, error, attempt, problem }) {
        metrics.informers.failed(resourceText(resource), problem.kind);
        // The first failure is news, and so is one that lasts; those between are noise.
        const level = attempt === 1 || attempt % 10 === 0 ? 'warn' : 'debug';
        clusterLog[level](
          { informer: name, ...(namespace ? { namespace } : {}), error: describeError(error), attempt },
          problem.text,
        );
      },
      onRecovered: ({ name, namespace }) =>
        clusterLog.info({ informer: name, ...(namespace ? { namespace } : {}) }, 'the watch works again'),
      onEpoch({ name, resource, from, to }) {
        metrics.informers.rewound(resourceText(resource));
        clusterLog.warn(
          { informer: name, from, to },
          'the API server went back to an older state; everything is looked at anew',
        );
      },
      onListenerError({ name, resource, error }) {
        metrics.informers.listenerFailed(resourceText(resource));
        clusterLog.error(
          { informer: name, error: describeError(error) },
          'a function given to a cache threw',
        );
      },
    },
  };
}
