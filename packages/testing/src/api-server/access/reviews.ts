import { type ApiPath } from '../calls/api-path.ts';
import { type Call } from '../calls/handle.ts';
import { writerOf, type WriteOptions } from '../calls/write-options.ts';
import { type ApiAnswer } from '../exchange.ts';
import { afterUpdate } from '../fields/managed-fields.ts';
import { loose } from '../fields/shape.ts';
import { isFields, type Fields } from '../json.ts';
import { timeText } from '../metadata.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { badRequest, invalid, invalidValue, notFound } from '../status.ts';
import { type Attributes } from './attributes.ts';
import { audience } from './tokens.ts';
import { administrator, type User } from './user.ts';

/** What a review is asked for with. */
interface Review {
  state: ServerState;
  path: ApiPath;
  body: Fields;
  user: User;
  options: WriteOptions;
}

const authorization = 'authorization.k8s.io';
const authentication = 'authentication.k8s.io';

/** Questions that are asked like objects are created, and stored nowhere; undefined when it is none of them. */
export function review(
  state: ServerState,
  path: ApiPath,
  { body, who: user = administrator }: Call,
  options: WriteOptions,
): ApiAnswer | undefined {
  const { group, version, plural = '', name, subresource } = path;
  const isToken =
    group === '' && plural === 'serviceaccounts' && name !== undefined && subresource === 'token';
  const answer = isToken ? token : version === 'v1' ? reviews[`${plural}.${group}`] : undefined;
  if (!answer) return undefined;
  if (!isFields(body)) throw badRequest('the object provided is unrecognized (must be of type object)');
  return { status: 201, body: answer({ state, path, body, user, options }) };
}

const reviews: Readonly<Record<string, (review: Review) => Fields>> = {
  [`selfsubjectreviews.${authentication}`]: ({ state, user }) => ({
    kind: 'SelfSubjectReview',
    apiVersion: `${authentication}/v1`,
    metadata: { creationTimestamp: timeText(state.clock.now()) },
    status: { userInfo: userInfo(user) },
  }),
  [`tokenreviews.${authentication}`]: (given) => {
    const text = specOf(given)['token'];
    const { state } = given;
    const found =
      typeof text === 'string' ? (state.users.get(text) ?? state.tokens.userOf(state, text)) : undefined;
    return answered(given, 'TokenReview', authentication, {
      status: found
        ? { authenticated: true, user: userInfo(found), audiences: [audience] }
        : { user: {}, error: 'invalid bearer token' },
    });
  },
  [`selfsubjectaccessreviews.${authorization}`]: (given) =>
    decided(given, 'SelfSubjectAccessReview', given.user),
  [`subjectaccessreviews.${authorization}`]: (given) => decided(given, 'SubjectAccessReview', subject(given)),
  [`localsubjectaccessreviews.${authorization}`]: (given) =>
    decided(given, 'LocalSubjectAccessReview', subject(given)),
};

const userInfo = ({ name, uid, groups, extra }: User): Fields => ({
  username: name,
  ...(uid ? { uid } : {}),
  ...(groups.length > 0 ? { groups } : {}),
  ...(extra ? { extra } : {}),
});

const specOf = ({ body }: Review): Fields => (isFields(body['spec']) ? body['spec'] : {});

function subject(given: Review): User {
  const { user, groups } = specOf(given) as { user?: string; groups?: string[] };
  if (!user && !groups?.length) {
    const cause = invalidValue('spec.user', '', 'at least one of user or group must be specified');
    throw invalid(authorization, '', '', [cause]);
  }
  // As it says, and not a group more.
  return { name: user ?? '', groups: groups ?? [] };
}

function decided(given: Review, kind: string, user: User): Fields {
  const attributes = attributesIn(specOf(given));
  const { allowed, reason, problem } = given.state.authorizer.decide(user, attributes);
  return answered(given, kind, authorization, {
    status: {
      allowed,
      ...(reason ? { reason } : {}),
      ...(problem ? { evaluationError: problem } : {}),
    },
  });
}

function attributesIn({ resourceAttributes, nonResourceAttributes }: Fields): Attributes {
  if (isFields(resourceAttributes) === isFields(nonResourceAttributes)) {
    const cause = invalidValue(
      'spec.resourceAttributes',
      null,
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
    throw invalid(authorization, '', '', [cause]);
  }
  if (isFields(nonResourceAttributes)) {
    const { path = '', verb = '' } = nonResourceAttributes as { path?: string; verb?: string };
    return { path, verb };
  }
  const {
    verb = '',
    group = '',
    resource = '',
    subresource,
    name,
    namespace,
  } = resourceAttributes as Record<string, string | undefined>;
  return {
    verb,
    group,
    resource,
    ...(subresource ? { subresource } : {}),
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
  };
}

function answered({ state, path, body, options }: Review, kind: string, group: string, more: Fields): Fields {
  const writer = writerOf(state, { group, version: 'v1' }, options, 'Update');
  const spec = isFields(body['spec']) ? body['spec'] : {};
  return {
    kind,
    apiVersion: `${group}/v1`,
    metadata: {
      ...(path.namespace ? { namespace: path.namespace } : {}),
      managedFields: afterUpdate({ spec: {} }, { spec }, undefined, writer, loose),
    },
    spec,
    ...more,
  };
}

/** A token for a service account: `serviceaccounts/NAME/token`. */
function token(given: Review): Fields {
  const { state, path, options } = given;
  const kind = state.kinds.find('', 'v1', 'serviceaccounts')!;
  const account = state.store.get('serviceaccounts.', objectKey(path.namespace, path.name!));
  if (!account) throw notFound(kind, path.name!);
  const spec = specOf(given);
  const seconds = Number(spec['expirationSeconds'] ?? 3600);
  if (seconds < 600) {
    const why = 'may not specify a duration less than 10 minutes';
    throw invalid(authentication, 'TokenRequest', '', [invalidValue('spec.expirationSeconds', seconds, why)]);
  }
  const { token: text, expiresAt } = state.tokens.issue(state, account, seconds);
  const { name, namespace = '', uid } = account.metadata;
  const writer = writerOf(state, { group: authentication, version: 'v1' }, options, 'Update');
  return {
    kind: 'TokenRequest',
    apiVersion: `${authentication}/v1`,
    metadata: {
      name,
      namespace,
      uid,
      creationTimestamp: timeText(state.clock.now()),
      managedFields: afterUpdate({ spec: {} }, { spec }, undefined, writer, loose),
    },
    spec: { audiences: [audience], expirationSeconds: seconds, boundObjectRef: null, ...spec },
    status: { token: text, expirationTimestamp: timeText(expiresAt) },
  };
}
