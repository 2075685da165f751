import { Command } from 'commander';
import { buildImages, findArchive } from './image/build.ts';
import { etcdBinary } from './etcd/etcd-binary.ts';
import { prepareContext } from './image/context.ts';
import { findImage, imageNames, type ImageName } from './image/definitions.ts';
import { motoPython } from './ec2/moto.ts';
import { helmBinary, kubectlBinary } from './kubectl/binaries.ts';
import { terminalLog } from './machine/log.ts';
import { promtoolBinary } from './prometheus/promtool.ts';
import { versitygwBinary } from './s3/versitygw.ts';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const checkName = (name: string): ImageName => findImage(name).name as ImageName;

const program = new Command('images').description(
  'Builds the container images and brings the tools around them',
);

program
  .command('build')
  .argument('[names...]', `which images (${imageNames.join(', ')}); all when none is named`)
  .option('--fresh', 'make everything anew, with the newest packages')
  .description('build images; prints NAME, REFERENCE and ARCHIVE of each')
  .action(async (names: readonly string[], { fresh = false }: { fresh?: boolean }) => {
    const wanted = names.length === 0 ? imageNames : names.map(checkName);
    for (const image of await buildImages(wanted, { log: terminalLog, fresh })) {
      print(`${image.name}\t${image.reference}\t${image.archive}`);
    }
  });

program
  .command('list')
  .description('the images and whether they are built as the sources stand now')
  .action(async () => {
    for (const name of imageNames) {
      const line = await findArchive(name, terminalLog).then(
        ({ reference, archive, exists }) => `${reference}\t${exists ? archive : 'not built'}`,
        (error: unknown) => `cannot be built: ${error instanceof Error ? error.message : String(error)}`,
      );
      print(`${name}\t${line}`);
    }
  });

program
  .command('path')
  .argument('<name>')
  .description('path of the archive of a built image')
  .action(async (name: string) => {
    const { archive, exists } = await findArchive(checkName(name), terminalLog);
    if (!exists)
      throw new Error(`the image ${name} is not built as the sources stand now: run \`build ${name}\``);
    print(archive);
  });

program
  .command('context')
  .argument('<name>')
  .description('prepare the folder that `docker build` takes as context, and print it')
  .action(async (name: string) => print((await prepareContext(findImage(name), terminalLog)).folder));

program
  .command('tool')
  .argument('<name>', 'etcd, helm3, helm4, kubectl or versitygw')
  .description('bring a program into the cache and print its path')
  .action(async (name: string) => {
    const tools: Readonly<Record<string, () => Promise<string>>> = {
      etcd: () => etcdBinary(terminalLog),
      helm3: () => helmBinary('3', terminalLog),
      helm4: () => helmBinary('4', terminalLog),
      kubectl: () => kubectlBinary(terminalLog),
      moto: () => motoPython(terminalLog),
      promtool: () => promtoolBinary(terminalLog),
      versitygw: () => versitygwBinary(terminalLog),
    };
    const bring = tools[name];
    if (bring === undefined) throw new Error(`there is no tool ${name}: ${Object.keys(tools).join(', ')}`);
    print(await bring());
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
