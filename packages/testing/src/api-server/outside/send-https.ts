import { UnansweredError, type SendHttps } from './outside.ts';

/** Asks a webhook over HTTPS, trusting its caBundle alone. */
export const sendHttps: SendHttps = async ({ url, ca }, body, seconds, signal) => {
  const { request } = process.getBuiltinModule('node:https');
  const whole = `${url}?timeout=${seconds}s`;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      whole,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        ...(ca === undefined ? {} : { ca }),
        agent: false,
        signal,
        timeout: seconds * 1000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode !== 200) reject(new Error(text.trim() || 'unknown'));
          else resolve(JSON.parse(text) as unknown);
        });
      },
    );
    outgoing.on('error', (error) => reject(new UnansweredError(`Post "${whole}": ${reasonOf(error, url)}`)));
    outgoing.end(body);
  });
};

/** In the words of Go's HTTP client, for the failures that are met most. */
function reasonOf(error: Error & { code?: string }, url: string): string {
  const { hostname, port } = new URL(url);
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${hostname}:${port || '443'}: connect: connection refused`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return error.message;
  }
}
