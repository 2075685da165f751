import { apiVersionOf, resourceText, type Resource } from '../client/index.ts';
import { describeError, type OperatorError } from '../errors/index.ts';

/**
 * Why an informer does not get on: `missing-rights` and `missing-kind` wait for people, the others pass.
 * `data` is an answer that makes no sense.
 */
export type ProblemKind = 'missing-rights' | 'missing-kind' | 'unreachable' | 'server' | 'data';

/** One problem of one informer. */
export interface Problem {
  kind: ProblemKind;
  /** What happened, to what, and what to do about it. */
  text: string;
}

/** Says of a failed list or watch what is wrong and what has to be done. */
export function problemOf(
  error: OperatorError,
  resource: Resource,
  verb: 'list' | 'watch',
  namespace: string | undefined,
): Problem {
  const text = describeError(error);
  switch (error.code) {
    case 'forbidden': {
      const denied = deniedBy(error.message) ?? { verb, who: undefined };
      const group = resource.group === '' ? 'the core API group' : `API group ${resource.group}`;
      const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
      return {
        kind: 'missing-rights',
        text: `may not ${denied.verb} ${resourceText(resource)}: grant verbs list and watch on ${resource.plural} of ${group} ${resource.namespaced ? where : 'with a ClusterRole'} to ${denied.who ?? "this operator's service account"} (${text})`,
      };
    }
    case 'not-found':
      return {
        kind: 'missing-kind',
        text: `the API server does not have ${resource.kind} of ${apiVersionOf(resource)}: install its CustomResourceDefinition ${resourceText(resource)}, or serve that version in it (${text})`,
      };
    case 'network':
    case 'timeout':
    case 'aborted':
      return { kind: 'unreachable', text };
    case 'bad-response':
      return { kind: 'data', text };
    default:
      return { kind: 'server', text };
  }
}

/** Verb and user as the API server's refusal names them: `... User "NAME" cannot VERB resource ...`. */
function deniedBy(message: string): { verb: string; who: string } | undefined {
  const match = /User "([^"]+)" cannot (\w+) resource/.exec(message);
  if (!match) return undefined;
  const [, user = '', verb = ''] = match;
  const account = /^system:serviceaccount:([^:]+):(.+)$/.exec(user);
  return { verb, who: account ? `service account ${account[1]}/${account[2]}` : `user ${user}` };
}
