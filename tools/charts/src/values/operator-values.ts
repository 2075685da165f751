import * as z from 'zod';

/** What charts ask for beside their own values. */
export interface OperatorValuesInput<Own extends z.ZodRawShape> {
  /** Name of the operator and, below `docker.io/local`, of its image. */
  readonly name: string;
  /** The kinds as people call them, such as `PostgresClusters`. */
  readonly kinds: string;
  /** What would be lost with the kinds, such as `all clusters`. */
  readonly kept: string;
  readonly replicas: string;
  readonly resources: z.input<typeof resourcesSchema>;
  /** How long a process may take to end. */
  readonly graceSeconds?: number;
  /** Values of this chart alone. */
  readonly own: Own;
}

export const kubernetesName = z.string().regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/);
export const texts = z.record(z.string(), z.string());
/** Parts of a PodSpec: Kubernetes checks them. */
export const passedOn = z.looseObject({});

const resourceList = z.record(z.string(), z.union([z.string(), z.number()]));
const resourcesSchema = z.strictObject({
  requests: resourceList.optional(),
  limits: resourceList.optional(),
});

/**
 * What can be set when the chart of an operator is installed. The one source: values.yaml, values.schema.json and the table in
 * the README are made from it.
 */
export const operatorValues = <const Own extends z.ZodRawShape>({
  name,
  kinds,
  kept,
  replicas,
  resources,
  graceSeconds = 30,
  own,
}: OperatorValuesInput<Own>) =>
  z.strictObject({
    image: z
      .strictObject({
        repository: z.string().min(1).default(`docker.io/local/${name}`).describe('Image of the operator.'),
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
    watchNamespaces: z
      .array(kubernetesName.min(1))
      .default([])
      .describe(
        'Work in these namespaces alone, with Roles in each and no ClusterRole. They must exist. Empty: all namespaces.',
      ),
    replicas: z.int().min(0).max(5).default(1).describe(replicas),
    verbose: z.boolean().default(false).describe('Log every step.'),
    ...own,
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
            `Keep them, and with them ${kept}, when the chart is uninstalled. Without it an uninstall deletes all ${kinds}.`,
          ),
        shared: z
          .enum(['Auto', 'Always', 'Never'])
          .default('Auto')
          .describe(
            'Kinds that other charts bring, too, such as BackupStore. Auto: those that no other release has brought. Where charts are rendered without a cluster, say Never in all but one. They are always kept.',
          ),
      })
      .prefault({}),
    rbac: z
      .strictObject({
        create: z.boolean().default(true).describe('Make the roles that the operator needs.'),
        aggregate: z
          .boolean()
          .default(true)
          .describe(`Let the standard roles view, edit and admin include ${kinds}.`),
      })
      .prefault({}),
    serviceAccount: z
      .strictObject({
        create: z.boolean().default(true).describe('Make the ServiceAccount.'),
        name: kubernetesName.default('').describe('Its name; the full name of the release when empty.'),
        annotations: texts.default({}).describe('Its annotations.'),
      })
      .prefault({}),
    metrics: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Serve metrics, and make a Service for them.'),
        port: z.int().min(1024).max(65535).default(8080).describe('Port of /metrics.'),
        annotations: texts.default({}).describe('Annotations of the Service.'),
        serviceMonitor: z
          .strictObject({
            enabled: z
              .boolean()
              .default(false)
              .describe('Make a ServiceMonitor for the Prometheus operator, whose kinds must be there.'),
            interval: z
              .string()
              .regex(/^[0-9]+(s|m)$/)
              .default('30s')
              .describe('How often metrics are read.'),
            labels: texts.default({}).describe('Labels by which a Prometheus finds it.'),
          })
          .prefault({}),
      })
      .prefault({}),
    podDisruptionBudget: z
      .strictObject({
        enabled: z.boolean().default(false).describe('Let evictions take one process at a time.'),
      })
      .prefault({}),
    resources: resourcesSchema.default(resources).describe('Of the operator’s container.'),
    terminationGracePeriodSeconds: z
      .int()
      .min(5)
      .max(3600)
      .default(graceSeconds)
      .describe('How long a process may take to end what it is doing.'),
    podAnnotations: texts.default({}).describe('Of the operator’s pods.'),
    podLabels: texts.default({}).describe('Of the operator’s pods, beside its own.'),
    nodeSelector: texts.default({}).describe('Nodes on which the operator may run.'),
    tolerations: z.array(passedOn).default([]).describe('Taints that the operator bears.'),
    affinity: passedOn.default({}).describe('Where the operator would rather run.'),
    topologySpreadConstraints: z.array(passedOn).default([]).describe('How its processes are spread.'),
    priorityClassName: z.string().default('').describe('How much the operator counts when nodes are full.'),
    nameOverride: kubernetesName
      .default('')
      .describe('Stands for the name of the chart in names and labels.'),
    fullnameOverride: kubernetesName
      .max(53)
      .default('')
      .describe('Stands for the whole name of what the chart makes.'),
    global: passedOn.default({}).describe('Values that charts above this one share. Not used.'),
  });
