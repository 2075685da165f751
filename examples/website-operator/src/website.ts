import { customResourceDefinition, operationFields, type Kind } from '@stateful/crd-kit';
import {
  defineResource,
  type Condition,
  type OperationStatus,
  type Parent,
  type Resource,
} from '@stateful/reconcile-sdk';
import * as z from 'zod';

const spec = z.object({
  hostname: z
    .string()
    .max(253)
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
    .describe('Under which the site is reached.'),
  replicas: z.int().min(1).max(9).default(2),
  pages: z.record(z.string(), z.string()).describe('Texts by file name, such as index.html.'),
});

const status = z.object({
  observedGeneration: z
    .int()
    .min(0)
    .max(2 ** 40)
    .optional(),
  hostname: z.string().optional().describe('Under which the site is reached now.'),
  conditions: z
    .array(
      z.object({
        type: z.string(),
        status: z.enum(['True', 'False', 'Unknown']),
        reason: z.string(),
        message: z.string(),
        observedGeneration: z
          .int()
          .min(0)
          .max(2 ** 40),
        lastTransitionTime: z.iso.datetime(),
      }),
    )
    .optional()
    .meta({ kubernetes: { listMapKeys: ['type'] } }),
  // What the engine keeps of long operations; the API server drops every field that no schema declares.
  ...operationFields,
});

export interface WebsiteStatus extends OperationStatus {
  observedGeneration?: number;
  hostname?: string;
  conditions?: Condition[] | undefined;
}

export interface Website extends Parent {
  spec: z.output<typeof spec>;
  status?: WebsiteStatus;
}

/** How the SDK finds the kind: group, version, kind, plural. */
export const websites: Resource<Website> = defineResource('demo.example.com', 'v1', 'Website', 'websites');

const kind: Kind = {
  group: 'demo.example.com',
  kind: 'Website',
  plural: 'websites',
  singular: 'website',
  shortNames: ['web'],
  categories: [],
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      spec,
      status,
      columns: [
        { name: 'Hostname', type: 'string', jsonPath: '.status.hostname' },
        { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      ],
    },
  ],
};

/** To be given to the API server: `kubectl apply -f`, a chart, or a test. */
export const websiteDefinition = customResourceDefinition(kind);
