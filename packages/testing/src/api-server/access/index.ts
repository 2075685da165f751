/** Who asks, what he may do, and which rights he used: authentication and RBAC. */
export { createRightsRecord, compareRights, rulesFor } from './rights.ts';
export { type GrantedRules, type RightsComparison, type RightsRecord, type UsedRight } from './rights.ts';
export { grantedBy } from './granted.ts';
export { type Attributes, type PathAttributes, type ResourceAttributes } from './attributes.ts';
export { type PolicyRule } from './policy-rule.ts';
export { type User } from './user.ts';
