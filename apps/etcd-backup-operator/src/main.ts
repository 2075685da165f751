import { runOperator } from '@stateful/operator-process';
import { addControllers } from './operator.ts';
import { operatorName } from './operator-name.ts';
import { parseOptions } from './options.ts';

const options = parseOptions(process.argv.slice(2), process.env);

await runOperator(operatorName, options, process.env, ({ manager }) => {
  addControllers(manager, options);
  return {};
});
