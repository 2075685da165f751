import * as z from 'zod';

const name = z.string().regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/);
const texts = z.record(z.string(), z.string());
/** Parts of a PodSpec: Kubernetes checks them. */
const passedOn = z.looseObject({});

const quantity = z.union([z.string(), z.number()]);
const resourceList = z.record(z.string(), quantity);

/**
 * What can be set when the chart is installed. The one source: values.yaml, values.schema.json and the table in
 * the README are made from it.
 */
export const valuesSchema = z.strictObject({
  image: z
    .strictObject({
      repository: z
        .string()
        .min(1)
        .default('docker.io/local/postgres-operator')
        .describe('Image of the operator.'),
      tag: z.string().default('').describe('Its tag; the version of the chart when empty.'),
      digest: z
        .string()
        .regex(/^(sha256:[0-9a-f]{64})?$/)
        .default('')
        .describe('`sha256:…` to pin the image; it then counts instead of the tag.'),
      pullPolicy: z
        .enum(['Always', 'IfNotPresent', 'Never'])
        .default('IfNotPresent')
        .describe('When it is pulled.'),
    })
    .prefault({}),
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().min(1) }))
    .default([])
    .describe('Secrets with credentials of the registry of the operator’s image.'),
  postgresImages: z
    .record(z.string().regex(/^\d+\.\d+\.\d+$/), z.string().min(1))
    .default({ '17.12.0': 'docker.io/local/postgres:17.12.0' })
    .describe(
      'Image of each version that `spec.version` of a PostgresCluster may ask for. Do not remove one that is in use.',
    ),
  watchNamespaces: z
    .array(name.min(1))
    .default([])
    .describe(
      'Work in these namespaces alone, with Roles in each and no ClusterRole. They must exist. Empty: all namespaces.',
    ),
  replicas: z
    .int()
    .min(0)
    .max(5)
    .default(1)
    .describe(
      'Processes. All answer webhooks; one works, the others stand by. 2 for changes without interruption.',
    ),
  verbose: z.boolean().default(false).describe('Log every step.'),
  webhooks: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe(
          'Check PostgresClusters before they are stored, and convert between their versions. Without it only the stored version is served, and mistakes show in conditions alone.',
        ),
      port: z
        .int()
        .min(1024)
        .max(65535)
        .default(9443)
        .describe('Port of the webhooks, at the pods and at their Service.'),
      failurePolicy: z
        .enum(['Fail', 'Ignore'])
        .default('Fail')
        .describe(
          'What becomes of a change while no operator can be asked: refused, or let through unchecked.',
        ),
      timeoutSeconds: z
        .int()
        .min(1)
        .max(30)
        .default(10)
        .describe('How long the API server waits for an answer.'),
      certManager: z
        .strictObject({
          enabled: z
            .boolean()
            .default(false)
            .describe(
              'Let cert-manager issue and renew the certificate. Without it the operator does so itself.',
            ),
          issuerRef: passedOn
            .default({})
            .describe('`{name, kind, group}` of the Issuer; one that signs itself is made when empty.'),
        })
        .prefault({}),
    })
    .prefault({}),
  crds: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Install the CustomResourceDefinitions and upgrade them with the chart.'),
      keep: z
        .boolean()
        .default(true)
        .describe(
          'Keep them, and with them all clusters, when the chart is uninstalled. Without it an uninstall deletes every PostgresCluster.',
        ),
    })
    .prefault({}),
  rbac: z
    .strictObject({
      create: z.boolean().default(true).describe('Make the roles that the operator needs.'),
      aggregate: z
        .boolean()
        .default(true)
        .describe('Let the standard roles view, edit and admin include PostgresClusters.'),
    })
    .prefault({}),
  serviceAccount: z
    .strictObject({
      create: z.boolean().default(true).describe('Make the ServiceAccount.'),
      name: name.default('').describe('Its name; the full name of the release when empty.'),
      annotations: texts.default({}).describe('Its annotations.'),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Serve metrics, and make a Service for them.'),
      port: z.int().min(1024).max(65535).default(8080).describe('Port of /metrics.'),
      annotations: texts.default({}).describe('Annotations of the Service.'),
    })
    .prefault({}),
  podDisruptionBudget: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Let evictions take one process at a time.'),
    })
    .prefault({}),
  resources: z
    .strictObject({ requests: resourceList.optional(), limits: resourceList.optional() })
    .default({ requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } })
    .describe('Of the operator’s container.'),
  podAnnotations: texts.default({}).describe('Of the operator’s pods.'),
  podLabels: texts.default({}).describe('Of the operator’s pods, beside its own.'),
  nodeSelector: texts.default({}).describe('Nodes on which the operator may run.'),
  tolerations: z.array(passedOn).default([]).describe('Taints that the operator bears.'),
  affinity: passedOn.default({}).describe('Where the operator would rather run.'),
  topologySpreadConstraints: z.array(passedOn).default([]).describe('How its processes are spread.'),
  priorityClassName: z.string().default('').describe('How much the operator counts when nodes are full.'),
  nameOverride: name.default('').describe('Stands for the name of the chart in names and labels.'),
  fullnameOverride: name.max(53).default('').describe('Stands for the whole name of what the chart makes.'),
  global: passedOn.default({}).describe('Values that charts above this one share. Not used.'),
});

export type Values = z.output<typeof valuesSchema>;
