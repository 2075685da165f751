import { type Exception } from '../custom-resource-definition.ts';

/** One thing that is not as it should be. */
export interface Problem {
  /** Name of the rule, for an exception. */
  readonly rule: string;
  /** Version and place, such as `v1`. */
  readonly version: string;
  /** `spec.items[].name` */
  readonly path: string;
  /** What is so, and what it should be. */
  readonly message: string;
}

/** Takes out what an exception allows. An exception that allows nothing, or says no reason, is a problem itself. */
export function withoutExceptions(
  problems: readonly Problem[],
  exceptions: readonly Exception[] = [],
): Problem[] {
  const matches = (exception: Exception, problem: Problem): boolean =>
    exception.rule === problem.rule && exception.path === problem.path;
  const idle = exceptions.flatMap((exception): Problem[] => {
    const { path } = exception;
    if (exception.why.trim().length < 10)
      return [
        {
          rule: 'exception-says-why',
          version: '*',
          path,
          message: `say why ${exception.rule} does not hold`,
        },
      ];
    if (problems.some((problem) => matches(exception, problem))) return [];
    return [
      {
        rule: 'exception-is-needed',
        version: '*',
        path,
        message: `${exception.rule} holds here: take the exception out`,
      },
    ];
  });
  return [
    ...problems.filter((problem) => !exceptions.some((exception) => matches(exception, problem))),
    ...idle,
  ];
}
