import { customResourceDefinition } from '@stateful/crd-kit';
import { postgresClusterKind } from './postgres-cluster.ts';

/** Every CustomResourceDefinition of this operator, as plain JSON. */
export const customResourceDefinitions = () => [customResourceDefinition(postgresClusterKind)];
