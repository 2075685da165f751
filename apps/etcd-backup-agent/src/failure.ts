import { type AgentFailureCode } from '@stateful/etcd-backup-api';

/** What a command came to nothing with. `isFinal`: another run would end the same way. */
export class AgentFailure extends Error {
  override readonly name = 'AgentFailure';
  readonly code: AgentFailureCode;
  readonly isFinal: boolean;

  constructor(
    code: AgentFailureCode,
    message: string,
    { isFinal = true, cause }: { isFinal?: boolean; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.isFinal = isFinal;
  }
}
