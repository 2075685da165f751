import { type Attributes } from '../access/attributes.ts';
import { type User } from '../access/user.ts';
import { type ApiRequest } from '../exchange.ts';

/** One answered request, as an audit log keeps it. */
export interface AuditEvent {
  /** On the server's clock, in milliseconds. */
  at: number;
  /** Who asked, or acted as; absent when that could not be told. */
  user?: User;
  attributes: Attributes;
  /** HTTP status. */
  status: number;
  request: ApiRequest;
}
