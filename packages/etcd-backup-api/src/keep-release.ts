import { join } from 'node:path';
import { keepRelease } from '@stateful/crd-kit';
import { customResourceDefinitions } from './custom-resource-definition.ts';

const [version = ''] = process.argv.slice(2);
keepRelease(join(import.meta.dirname, '../released'), { version, crds: customResourceDefinitions() });
