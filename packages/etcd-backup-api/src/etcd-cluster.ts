import { localReference, rules } from '@stateful/crd-kit';
import * as z from 'zod';

/** A 64-bit identity of etcd, as etcdctl prints it. */
export const etcdID = () =>
  z
    .string()
    .max(16)
    .regex(/^[0-9a-f]{1,16}$/);

/** How the etcd cluster is reached. Nothing about it is learned from elsewhere. */
export const etcdClusterSchema = z
  .object({
    endpoints: z
      .array(
        z
          .string()
          .max(253)
          .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+$/),
      )
      .min(1)
      .max(9)
      .optional()
      .meta({ kubernetes: { listType: 'set' } })
      .describe('Client URLs of members: `https://HOST:PORT`.'),
    serviceRef: z
      .object({
        name: z
          .string()
          .max(63)
          .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/)
          .describe('Name of the Service in this namespace.'),
        port: z.int().min(1).max(65535).default(2379).describe('Client port.'),
      })
      .optional()
      .describe('A headless Service whose addresses are the members.'),
    tls: z
      .object({
        secretRef: localReference(
          'Secret with `ca.crt` and, for a client certificate, `tls.crt` and `tls.key`',
        ),
        serverName: z.string().min(1).max(253).optional().describe('Name expected in the certificate.'),
      })
      .optional()
      .describe('Certificates. Without it, endpoints with https are checked against the public authorities.'),
    auth: z
      .object({ secretRef: localReference('Secret with `username` and `password`') })
      .optional()
      .describe('Sign-in for a cluster with authentication.'),
    expectedClusterID: etcdID()
      .optional()
      .describe('The cluster must have this ID, in hexadecimal, or nothing is done.'),
  })
  .meta(
    rules({
      rule: 'has(self.endpoints) != has(self.serviceRef)',
      message: 'exactly one of `endpoints` and `serviceRef` must be set',
    }),
  );

export type EtcdCluster = z.output<typeof etcdClusterSchema>;
