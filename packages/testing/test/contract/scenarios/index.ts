import { type Scenario } from '../world.ts';
import { apply } from './apply.ts';
import { builtInKinds } from './built-in-kinds.ts';
import { customKinds } from './custom-kinds.ts';
import { lists } from './lists.ts';
import { objects } from './objects.ts';
import { patches } from './patches.ts';
import { watches } from './watches.ts';

/** Everything that both servers have to do alike, by the name of the file that the answers are recorded in. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  objects,
  patches,
  lists,
  apply,
  watches,
  'built-in-kinds': builtInKinds,
  'custom-kinds': customKinds,
};
