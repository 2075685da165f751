import { isDeepStrictEqual } from 'node:util';
import { type CustomResourceDefinition, type Exception } from '../custom-resource-definition.ts';
import { withoutExceptions, type Problem } from '../lint/problem.ts';
import { schemaChanges } from './schema-changes.ts';

/**
 * What in a CRD would break users of the last released one: objects that exist, clients that run, and going back to
 * the last release. Alpha versions are held to it too, as long as they are served.
 */
export function incompatibilities(
  released: CustomResourceDefinition,
  now: CustomResourceDefinition,
  exceptions: readonly Exception[] = [],
): Problem[] {
  return withoutExceptions([...kindChanges(released, now), ...versionChanges(released, now)], exceptions);
}

function* kindChanges(released: CustomResourceDefinition, now: CustomResourceDefinition): Generator<Problem> {
  const changed = (path: string, message: string): Problem => ({
    rule: 'names-stay',
    version: '*',
    path,
    message,
  });
  const { names: before, scope, group } = released.spec;
  const { names } = now.spec;
  if (group !== now.spec.group) yield changed('group', `it was ${group} and is ${now.spec.group}`);
  if (scope !== now.spec.scope) yield changed('scope', `it was ${scope} and is ${now.spec.scope}`);
  for (const name of ['kind', 'plural', 'singular'] as const)
    if (before[name] !== names[name]) yield changed(name, `it was ${before[name]} and is ${names[name]}`);
  for (const name of before.shortNames)
    if (!names.shortNames.includes(name)) yield changed('shortNames', `${name} is gone`);
  for (const name of before.categories)
    if (!names.categories.includes(name)) yield changed('categories', `${name} is gone`);
}

function* versionChanges(
  released: CustomResourceDefinition,
  now: CustomResourceDefinition,
): Generator<Problem> {
  for (const before of released.spec.versions) {
    const after = now.spec.versions.find((version) => version.name === before.name);
    const problem = (rule: string, path: string, message: string): Problem => ({
      rule,
      version: before.name,
      path,
      message,
    });
    if (!after) {
      if (before.storage)
        yield problem(
          'stored-version-stays',
          '',
          'objects are stored in it; move them in one release, drop it in the next',
        );
      else if (before.served)
        yield problem(
          'served-version-stays',
          '',
          'clients use it; stop serving it in one release, drop it in the next',
        );
      continue;
    }
    if (!before.served) continue;
    if (!after.served && !before.deprecated)
      yield problem(
        'served-version-stays',
        '',
        'deprecate it in one release, stop serving it in a later one',
      );
    for (const change of schemaChanges(before.schema.openAPIV3Schema, after.schema.openAPIV3Schema, ''))
      yield problem(change.rule, change.path.slice(1), change.message);
    const scale = before.subresources.scale;
    if (scale && !isDeepStrictEqual(scale, after.subresources.scale))
      yield problem('scale-stays', '', 'autoscalers use the paths of the scale sub-resource');
  }
  const stored = now.spec.versions.find((version) => version.storage);
  const wasStored = released.spec.versions.find((version) => version.storage);
  const known = released.spec.versions.find((version) => version.name === stored?.name);
  if (stored && stored.name !== wasStored?.name && !known?.served)
    yield {
      rule: 'storage-version-was-served',
      version: stored.name,
      path: '',
      message:
        'the last release does not serve it: going back would lose every object; serve it first, store it later',
    };
}
