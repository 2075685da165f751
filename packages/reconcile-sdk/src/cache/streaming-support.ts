import { resourceText, type Resource } from '../client/index.ts';
import { type Clock } from '../clock/index.ts';

/** Which kinds one API server streams the contents of (WatchList), as far as is known: it is asked until it refuses. */
export interface StreamingSupport {
  streams(resource: Resource): boolean;
  /** It said no, or (`silently`) never came to the end; silence may have other causes, so it is asked again later. */
  refused(resource: Resource, silently: boolean): void;
}

const askAgainAfterMs = 600_000;

/** Knows nothing yet: every kind is asked for as a stream first. */
export function createStreamingSupport(clock: Clock): StreamingSupport {
  const refusedUntil = new Map<string, number>();
  return {
    streams: (resource) => clock.monotonic() >= (refusedUntil.get(resourceText(resource)) ?? 0),
    refused(resource, silently) {
      const until = silently ? clock.monotonic() + askAgainAfterMs : Infinity;
      refusedUntil.set(resourceText(resource), until);
    },
  };
}
