import { expect, it } from '@jest/globals';
import { nodeFlagsOf } from './build-ours.ts';

it('takes the flags of Node from the entry point', () => {
  expect(nodeFlagsOf('FROM x\nENTRYPOINT ["node", "--a", "--b=2", "/opt/operator.mjs"]\n')).toEqual([
    '--a',
    '--b=2',
  ]);
  expect(() => nodeFlagsOf('FROM x\n')).toThrow('ENTRYPOINT');
});
