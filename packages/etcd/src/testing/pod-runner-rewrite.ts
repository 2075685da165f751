/** A path in a container and the folder or file of this machine that stands for it. */
export interface PathMapping {
  readonly inside: string;
  readonly outside: string;
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Puts paths of this machine in the place of those of a container: only whole parts of paths, the longest first. Pure. */
export function rewritePaths(text: string, mappings: readonly PathMapping[]): string {
  const sorted = mappings.toSorted((a, b) => b.inside.length - a.inside.length);
  if (sorted.length === 0) return text;
  const any = sorted.map(({ inside }) => escaped(inside)).join('|');
  return text.replaceAll(
    new RegExp(`(?<![\\w./-])(${any})(?=$|[/\\s:,;"'=])`, 'g'),
    (found) => sorted.find(({ inside }) => inside === found)?.outside ?? found,
  );
}

/**
 * Puts the pod's own address in the place of loopback and of "all addresses", and those of other pods in the place of their
 * names below a Service. `addressOf`: undefined for what is no name of a pod. Pure.
 */
export function rewriteHosts(
  text: string,
  own: string,
  addressOf: (pod: string, service: string) => string | undefined,
): string {
  return text
    .replaceAll(/(?<![\w.-])(127\.0\.0\.1|0\.0\.0\.0|localhost)(?![\w.-])/g, own)
    .replaceAll(
      /(?<![\w.-])([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)((?:\.[a-z0-9-]+)*)(?![\w-])/g,
      (whole, pod: string, service: string) => addressOf(pod, service) ?? whole,
    );
}

/** `$(NAME)` as Kubernetes fills it in; `$$(NAME)` stays `$(NAME)`. Pure. */
export const expandVariables = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g, (whole, name: string | undefined) =>
    whole === '$$' ? '$' : (env[name ?? ''] ?? whole),
  );
