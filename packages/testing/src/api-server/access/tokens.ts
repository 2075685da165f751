import { type Clock } from '@stateful/reconcile-sdk';
import { type Stored } from '../json.ts';
import { newUid } from '../metadata.ts';
import { objectKey, type ServerState } from '../server-state.ts';
import { accountGroups, accountName, authenticated, type User } from './user.ts';

/** A token of a service account, and until when it counts. */
export interface IssuedToken {
  token: string;
  /** Milliseconds. */
  expiresAt: number;
}

interface Claims {
  namespace: string;
  name: string;
  uid: string;
  jti: string;
  expiresAt: number;
}

/** Tokens that this server has given out. They are JWTs in form only: what counts is that it remembers them. */
export interface TokenIssuer {
  issue(state: Pick<ServerState, 'clock' | 'random'>, account: Stored, seconds: number): IssuedToken;
  /** Who shows a token; undefined when it was never given out, is over, or its account is gone. */
  userOf(state: Pick<ServerState, 'clock' | 'store'>, token: string): User | undefined;
}

export const audience = 'https://kubernetes.default.svc';

export function createTokenIssuer(): TokenIssuer {
  const issued = new Map<string, Claims>();
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const secondsOf = (clock: Clock): number => Math.floor(clock.now() / 1000);
  return {
    issue({ clock, random }, { metadata: { namespace = '', name, uid } }, seconds) {
      const jti = newUid(random);
      const now = secondsOf(clock);
      const expiresAt = (now + seconds) * 1000;
      const payload = {
        aud: [audience],
        exp: now + seconds,
        iat: now,
        iss: audience,
        jti,
        'kubernetes.io': { namespace, serviceaccount: { name, uid } },
        nbf: now,
        sub: accountName(namespace, name),
      };
      const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.${part({ jti })}`;
      issued.set(token, { namespace, name, uid, jti, expiresAt });
      return { token, expiresAt };
    },
    userOf({ clock, store }, token) {
      const claims = issued.get(token);
      if (!claims || clock.now() >= claims.expiresAt) return undefined;
      const { namespace, name, uid, jti } = claims;
      if (store.get('serviceaccounts.', objectKey(namespace, name))?.metadata.uid !== uid) return undefined;
      return {
        name: accountName(namespace, name),
        uid,
        groups: [...accountGroups(namespace), authenticated],
        extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] },
      };
    },
  };
}
