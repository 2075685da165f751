import { Command, InvalidArgumentError } from 'commander';
import { defaultName, defaultNodes, openCluster, parseProvider, selectProvider } from './open-cluster.ts';
import { type Cluster, type ProviderName } from './cluster.ts';
import { kubeBinary } from './build/kube-binary.ts';
import { terminalLog } from './progress.ts';
import { runIsolated } from './self-test/isolated.ts';
import { selfTest } from './self-test/self-test.ts';

type Options = { readonly name: string; readonly provider?: ProviderName };

const log = terminalLog();
const program = new Command('local-cluster')
  .enablePositionalOptions()
  .description('A real Kubernetes cluster on this machine')
  .option('--name <name>', 'name of the cluster', process.env['CLUSTER'] ?? defaultName)
  .option(
    '--provider <provider>',
    'native, kind or existing (default: $PROVIDER, else what fits)',
    parseProvider,
  );
const options = (): Options => program.opts<Options>();
const provider = () => selectProvider(options().provider);
const target = () => ({ name: options().name, log });
const open = (): Promise<Cluster> => openCluster(options().name, { ...options(), log });
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

program
  .command('up')
  .description('brings the cluster up, or says that it is; prints the path of its kubeconfig')
  .option('--nodes <count>', 'how many nodes', parseCount, Number(process.env['NODES'] ?? defaultNodes))
  .action(async ({ nodes }: { readonly nodes: number }) => {
    const startedAt = performance.now();
    const cluster = await provider().up({ ...target(), nodes });
    log(
      `ready in ${((performance.now() - startedAt) / 1000).toFixed(1)} s; use it with: export KUBECONFIG=${cluster.kubeconfigPath}`,
    );
    print(cluster.kubeconfigPath);
  });
program
  .command('build')
  .description('builds the Kubernetes binary where it is missing, and prints its path')
  .action(async () => print(await kubeBinary(log)));
program
  .command('down')
  .description('takes the cluster down; nothing of it remains')
  .action(() => provider().down(target()));
program
  .command('status')
  .description('says whether the cluster is up, its nodes and the faults in force')
  .action(async () => print((await provider().status(target())).join('\n')));
program
  .command('kubeconfig')
  .description('prints the path of the kubeconfig')
  .action(async () => print((await open()).kubeconfigPath));
program
  .command('kubectl')
  .description('runs kubectl on the cluster')
  .argument('<args...>')
  .helpOption(false)
  .passThroughOptions()
  .allowUnknownOption()
  .action(async (args: readonly string[]) => {
    process.stdout.write(await (await open()).kubectl(...args));
  });
program
  .command('load')
  .description('brings image archives (docker-archive or OCI layout) to every node')
  .argument('<archives...>')
  .action(async (archives: readonly string[]) => print((await (await open()).load(archives)).join('\n')));
program
  .command('logs')
  .description('collects objects, events and logs into a folder')
  .argument('<dir>')
  .action(async (dir: string) => (await open()).logs(dir));

program
  .command('self-test')
  .description('does all of this for real on a cluster of its own, with every fault, and prints a table')
  .option('--isolated', 'in a network of its own, beside a cluster that runs')
  .action(async ({ isolated }: { readonly isolated?: true }) => {
    const name = options().name === defaultName ? 'self-test' : options().name;
    if (isolated) process.exitCode = await runIsolated(['--name', name, 'self-test']);
    else if (!(await selfTest(name, log))) process.exitCode = 1;
  });

const fault = program.command('fault').description('causes a fault on purpose, or ends it');
const onNode = (
  name: 'cut' | 'heal' | 'crash' | 'restart' | 'freeze' | 'thaw',
  description: string,
): Command =>
  fault
    .command(name)
    .description(description)
    .argument('<node>')
    .action(async (node: string) => (await open()).faults[name](node));
onNode('cut', 'pulls the cable of a node');
onNode('heal', 'plugs it in again; also ends one-way cuts and delays of the node');
onNode('crash', 'power loss of a node: everything but its disk is gone');
onNode('restart', 'switches a crashed node on again');
onNode('freeze', 'stops all processes of a node');
onNode('thaw', 'lets them go on');
const onDirection = (name: 'oneWayCut' | 'healOneWay', command: string, description: string): Command =>
  fault
    .command(command)
    .description(description)
    .argument('<from>')
    .argument('<to>')
    .action(async (from: string, to: string) => (await open()).faults[name](from, to));
onDirection(
  'oneWayCut',
  'one-way-cut',
  'drops all packets from one node to another; "api-server" is an end too',
);
onDirection('healOneWay', 'heal-one-way', 'ends a one-way cut');
const onPod = (name: 'freezePod' | 'thawPod', command: string, description: string): Command =>
  fault
    .command(command)
    .description(description)
    .argument('<uid>')
    .action(async (uid: string) => (await open()).faults[name](uid));
onPod('freezePod', 'freeze-pod', 'stops all processes of a pod, given by its UID');
onPod('thawPod', 'thaw-pod', 'lets them go on');
fault
  .command('delay')
  .description('holds back what leaves a node; 0 ends it')
  .argument('<node>')
  .argument('<milliseconds>', 'how long', parseAmount)
  .argument('[jitter]', 'how much that varies, in milliseconds', parseAmount)
  .action(async (node: string, milliseconds: number, jitter?: number) =>
    (await open()).faults.delay(node, milliseconds, jitter),
  );
fault
  .command('kill')
  .description('sends SIGKILL to the topmost process of a name in a pod')
  .option('-n, --namespace <namespace>', 'namespace of the pod', 'default')
  .argument('<pod>')
  .argument('<process>')
  .action(async (pod: string, name: string, { namespace }: { readonly namespace: string }) => {
    const pids = await (await open()).faults.killProcess({ namespace, pod, process: name });
    print(`killed ${pids.join(' ')}`);
  });
fault
  .command('heal-all')
  .description('ends every fault')
  .action(async () => (await open()).faults.healAll());

function parseCount(text: string): number {
  const count = parseAmount(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return count;
}

function parseAmount(text: string): number {
  const amount = Number(text);
  if (!Number.isFinite(amount) || amount < 0)
    throw new InvalidArgumentError('It must be a number from 0 on.');
  return amount;
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`local-cluster: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
