import { operatorValues, passedOn } from '@stateful/charts';
import * as z from 'zod';

/**
 * What can be set when the chart is installed. The one source: values.yaml, values.schema.json and the table in
 * the README are made from it.
 */
export const valuesSchema = operatorValues({
  name: 'postgres-operator',
  kinds: 'PostgresClusters',
  kept: 'all clusters',
  replicas:
    'Processes. All answer webhooks; one works, the others stand by. 2 for changes without interruption.',
  resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
  own: {
    postgresImages: z
      .record(z.string().regex(/^\d+\.\d+\.\d+$/), z.string().min(1))
      .default({ '17.12.0': 'docker.io/local/postgres:17.12.0' })
      .describe(
        'Image of each version that `spec.version` of a PostgresCluster may ask for. Do not remove one that is in use.',
      ),
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
  },
});

export type Values = z.output<typeof valuesSchema>;
