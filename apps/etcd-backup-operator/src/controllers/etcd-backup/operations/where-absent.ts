import { type Store } from '@stateful/backup-store-api';
import { hasStoreCode } from '@stateful/object-store';

/**
 * A write that is only to take where there is nothing. Auto: without that condition where the store does not know it; the key holds
 * the UID of the backup, so nobody else writes there.
 */
export async function whereAbsent<T>(
  mode: Store['s3']['conditionalWrites'],
  write: (onlyCreate: boolean) => Promise<T>,
): Promise<T> {
  if (mode === 'Never') return write(false);
  try {
    return await write(true);
  } catch (error) {
    if (mode !== 'Auto' || !hasStoreCode(error, 'NotSupported')) throw error;
    return write(false);
  }
}
