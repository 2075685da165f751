import { crc32Text, joinCrc32 } from './crc32.ts';
import { partsOf, type FilledPart } from './part-buffers.ts';

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
  readonly sizeBytes: number;
  /** Base64. */
  readonly crc32: string;
}

/** What was sent. */
export interface UploadedParts {
  readonly parts: readonly UploadedPart[];
  readonly sizeBytes: number;
  /** Over the whole object, base64. */
  readonly crc32: string;
}

export interface UploadProgress {
  readonly sentBytes: number;
  readonly parts: number;
}

export interface UploadPartsInput {
  readonly source: AsyncIterable<Uint8Array>;
  readonly partSize: number;
  /** Parts on their way at a time; one more is being filled. */
  readonly concurrency: number;
  /** Sends one part; retries are its own. Answers its ETag. */
  readonly send: (
    part: { number: number; data: Buffer; crc32: string },
    signal: AbortSignal,
  ) => Promise<string>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UploadProgress) => void;
}

/**
 * Sends a stream as parts, `concurrency` at a time, in bounded memory: (concurrency + 1) x partSize. The first failure
 * ends the others, and the stream is closed.
 */
export async function uploadParts(input: UploadPartsInput): Promise<UploadedParts> {
  const { partSize, concurrency, send, onProgress } = input;
  const failed = new AbortController();
  const signal = input.signal ? AbortSignal.any([input.signal, failed.signal]) : failed.signal;
  const sent: UploadedPart[] = [];
  const under = new Set<Promise<void>>();
  let whole = 0;
  let sizeBytes = 0;
  let sentBytes = 0;
  let failure: { error: unknown } | undefined;

  async function sendOne({ number, data, crc32, release }: FilledPart): Promise<void> {
    try {
      const checksum = crc32Text(crc32);
      const etag = await send({ number, data, crc32: checksum }, signal);
      sent.push({ number, etag, sizeBytes: data.length, crc32: checksum });
      sentBytes += data.length;
      onProgress?.({ sentBytes, parts: sent.length });
    } catch (error) {
      failure ??= { error };
      failed.abort(error);
    } finally {
      release();
    }
  }

  const throwIfFailed = (): void => {
    if (failure) throw failure.error;
    signal.throwIfAborted();
  };
  try {
    for await (const part of partsOf(input.source, { size: partSize, count: concurrency + 1 })) {
      throwIfFailed();
      whole = joinCrc32(whole, part.crc32, part.data.length);
      sizeBytes += part.data.length;
      while (under.size >= concurrency) await Promise.race(under);
      throwIfFailed();
      const sending: Promise<void> = sendOne(part).finally(() => under.delete(sending));
      under.add(sending);
    }
    await Promise.all(under);
    throwIfFailed();
  } catch (error) {
    failed.abort(error);
    await Promise.all(under);
    throw failure?.error ?? error;
  }
  sent.sort((a, b) => a.number - b.number);
  return { parts: sent, sizeBytes, crc32: crc32Text(whole) };
}
