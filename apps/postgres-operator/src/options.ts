import {
  addProcessOptions,
  processOptionsOf,
  splitNames,
  type ProcessOptions,
} from '@stateful/operator-process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { operatorName } from './operator-name.ts';

/** What this process was told on its command line and by its environment. */
export interface OperatorOptions extends ProcessOptions {
  /** Image of each Postgres version. */
  readonly images: Readonly<Record<string, string>>;
  /** Undefined: no webhook is served. */
  readonly webhooks: WebhookOptions | undefined;
}

/** Where webhooks are served, and under which names. */
export interface WebhookOptions {
  readonly address: string;
  readonly service: string;
  readonly hosts: readonly string[];
  readonly certificatesDir: string | undefined;
}

interface Flags {
  postgresImage: Record<string, string>;
  webhookAddress: string;
  webhookService: string;
  webhookHosts: string[];
  webhookCertificates?: string;
}

/** The command with its help; `parseOptions` runs it. */
export function operatorCommand(): Command {
  const command = new Command(operatorName)
    .description('Runs PostgresClusters (db.example.com) on Kubernetes.')
    .addOption(
      new Option(
        '--postgres-image <version=image>',
        'image of one Postgres version; repeat for each version that clusters may ask for',
      )
        .argParser(collectImage)
        .default({}, 'none'),
    )
    .option(
      '--webhook-address <address>',
      'where admission and conversion are served to the API server, such as :9443; empty: nowhere',
      '',
    )
    .option(
      '--webhook-service <name>',
      'Service in front of it, in the namespace of this pod; its Secret and configurations are named after it',
      'postgres-operator-webhook',
    )
    .addOption(
      new Option(
        '--webhook-hosts <names>',
        'further names that the certificate speaks for, separated by commas',
      )
        .argParser(splitNames)
        .default([], 'none'),
    )
    .option(
      '--webhook-certificates <folder>',
      'tls.crt and tls.key that somebody else renews, such as cert-manager; without it they are made here',
    );
  return addProcessOptions(command);
}

/** Throws CommanderError for what cannot be understood, with the text already written by `command`. */
export function parseOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: Command = operatorCommand(),
): OperatorOptions {
  const flags = command.parse(argv, { from: 'user' }).opts<Flags>();
  return {
    ...processOptionsOf(command, env),
    images: flags.postgresImage,
    webhooks:
      flags.webhookAddress === ''
        ? undefined
        : {
            address: flags.webhookAddress,
            service: flags.webhookService,
            hosts: flags.webhookHosts,
            certificatesDir: flags.webhookCertificates,
          },
  };
}

function collectImage(value: string, before: Record<string, string>): Record<string, string> {
  const match = /^(\d+\.\d+\.\d+)=(\S+)$/.exec(value);
  if (!match?.[1] || !match[2]) {
    throw new InvalidArgumentError(
      'It must be MAJOR.MINOR.REVISION=IMAGE, such as 17.12.0=example.com/postgres:17.12.0.',
    );
  }
  return { ...before, [match[1]]: match[2] };
}
