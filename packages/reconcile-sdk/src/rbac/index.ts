/**
 * The rights that a chart renders, from what an operator declares: its plans, its election, its webhooks. Nothing is
 * written twice, so nothing is forgotten and nothing stays that is needed no more.
 */
export { electionRules, planRules } from './plan-rules.ts';
export { mergedRules, ruleOn, type PolicyRule } from './policy-rule.ts';
export { webhookRules, type WebhookRules } from './webhook-rules.ts';
