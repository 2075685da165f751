/** Why a commit is in doubt that the server acknowledged with a warning: no replica has promised to keep it. */
export const committedAlone = 'committed on one server alone';

/**
 * Whether the server's own word says that nothing was done. A five-letter code is its word, but those of class 57
 * and 08 end sessions at any moment, also after the commit.
 */
export function isRefusal(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? '';
  return /^[0-9A-Z]{5}$/.test(code) && !/^(57|08)/.test(code);
}
