import { type Scenario } from '../world.ts';
import { access } from './access.ts';
import { apply } from './apply.ts';
import { builtInKinds } from './built-in-kinds.ts';
import { cel } from './cel.ts';
import { customKinds } from './custom-kinds.ts';
import { discovery } from './discovery.ts';
import { fieldValidation } from './field-validation.ts';
import { lists } from './lists.ts';
import { objects } from './objects.ts';
import { parts } from './parts.ts';
import { patches } from './patches.ts';
import { tables } from './tables.ts';
import { versions } from './versions.ts';
import { webhooks } from './webhooks.ts';
import { watches } from './watches.ts';

/** Everything that both servers have to do alike, by the name of the file that the answers are recorded in. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  objects,
  patches,
  lists,
  apply,
  watches,
  access,
  cel,
  webhooks,
  versions,
  'field-validation': fieldValidation,
  discovery,
  tables,
  parts,
  'built-in-kinds': builtInKinds,
  'custom-kinds': customKinds,
};
