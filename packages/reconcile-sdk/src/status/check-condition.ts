import { OperatorError } from '../errors/index.ts';
import { type ConditionInput } from './conditions.ts';

/** The API's limits: metav1.Condition. */
const maxType = 316;
const maxReason = 1_024;
const maxMessage = 32_768;
const typePattern = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Z][A-Za-z0-9]*$/;
const reasonPattern = /^[A-Z][A-Za-z0-9]*$/;
const statuses = ['True', 'False', 'Unknown'];

/** Throws `invalid`, saying what is wrong with which condition: the API server would refuse the whole status. */
export function checkCondition(condition: ConditionInput, others: readonly ConditionInput[] = []): void {
  const { type, status, reason, message } = condition;
  const refuse = (why: string): never => {
    throw new OperatorError('invalid', `condition ${JSON.stringify(type)}: ${why}`);
  };
  if (!typePattern.test(type) || type.length > maxType)
    refuse(`a type is CamelCase, as in "Ready" or "example.com/Synced", of at most ${maxType} characters`);
  if (!statuses.includes(status)) refuse(`status is True, False or Unknown, not ${JSON.stringify(status)}`);
  if (!reasonPattern.test(reason) || reason.length > maxReason)
    refuse(
      `reason ${JSON.stringify(reason)} is not one CamelCase word of at most ${maxReason} characters; what is for people goes into the message`,
    );
  if (typeof message !== 'string') refuse('message is missing');
  if (others.some((other) => other.type === type)) refuse('it is there twice; types are unique');
}

/** Messages may hold what others said, so their length is nobody's mistake: they are cut. */
export const cutMessage = (message: string): string =>
  message.length <= maxMessage ? message : `${message.slice(0, maxMessage - 4)} ...`;
