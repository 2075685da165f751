import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { customResourceDefinition } from '@stateful/crd-kit';
import {
  canRunControlPlane,
  eventually,
  firstStartTimeoutMs,
  startControlPlane,
  tryRun,
  type ControlPlane,
} from '@stateful/local-cluster';
import { allExamples } from '../src/examples.ts';
import { kinds } from '../src/kinds.ts';

const isPossible = await canRunControlPlane('Every example');
// Each call starts a kubectl, which takes its time on a busy machine.
jest.setTimeout(60_000);
const examples = allExamples();

(isPossible ? describe : describe.skip)('the API server', () => {
  let plane: ControlPlane;
  const kubectl = async (args: readonly string[], input = ''): Promise<string> => {
    const env = { KUBECONFIG: plane.kubeconfigPath };
    const { stdout, stderr } = await tryRun(plane.kubectlPath, args, { env, input });
    return stdout + stderr;
  };
  const apply = (object: object): Promise<string> =>
    kubectl(
      ['apply', '--server-side', '--force-conflicts', '--validate=strict', '--filename=-'],
      JSON.stringify(object),
    );

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const kind of kinds) await apply(customResourceDefinition(kind));
    for (const { plural, group } of kinds)
      await eventually(`${plural} are served`, async () => {
        const said = await kubectl(['get', `${plural}.${group}`]);
        if (!said.includes('No resources found')) throw new Error(said);
      });
  }, firstStartTimeoutMs);
  afterAll(() => plane?.stop());

  it.each(examples.map((example, index) => [index + 1, example.file, example.object] as const))(
    'takes example %s, of %s',
    async (_index, _file, object) => {
      expect(await apply(object)).toMatch(/serverside-applied\n$/);
    },
  );

  it('would not take one that says something else', async () => {
    const { object } = examples[0]!;
    const misspelt = { ...object, spec: { ...(object['spec'] as object), replica: 3 } };
    expect(await apply(misspelt)).toContain('.spec.replica');
  });
});
