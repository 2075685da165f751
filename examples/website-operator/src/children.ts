import { createHash } from 'node:crypto';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { type Website } from './website.ts';

/** The objects that should exist for a website: only the fields that we want to own. Pure. */
export function children({ metadata, spec }: Website): DesiredChild[] {
  const name = metadata?.name ?? '';
  const labels = { 'app.kubernetes.io/name': 'website', 'app.kubernetes.io/instance': name };
  const pages = createHash('sha256').update(JSON.stringify(spec.pages)).digest('hex').slice(0, 16);
  return [
    child(resources.configMaps, { metadata: { name, labels }, data: spec.pages }),
    child(resources.services, {
      metadata: { name, labels },
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    }),
    child(resources.deployments, {
      metadata: { name, labels },
      spec: {
        replicas: spec.replicas,
        selector: { matchLabels: labels },
        template: {
          // Pods are made anew when the pages change: they carry what they serve.
          metadata: { labels, annotations: { 'demo.example.com/pages': pages } },
          spec: {
            containers: [
              {
                name: 'web',
                image: 'nginxinc/nginx-unprivileged:1.29',
                ports: [{ name: 'http', containerPort: 8080 }],
                volumeMounts: [{ name: 'pages', mountPath: '/usr/share/nginx/html', readOnly: true }],
              },
            ],
            volumes: [{ name: 'pages', configMap: { name } }],
          },
        },
      },
    }),
  ];
}
