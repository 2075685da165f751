import { run } from './run.ts';

/** Runs a kubectl with a kubeconfig and returns what it prints. */
export function createKubectl(
  command: readonly string[],
  kubeconfigPath: string,
): (...args: readonly string[]) => Promise<string> {
  const [program = 'kubectl', ...first] = command;
  return (...args) => run(program, [...first, ...args], { env: { KUBECONFIG: kubeconfigPath } });
}
