/** Cuts a stream of bytes into lines of text; what is not ended yet waits for the rest. */
export function createLines(onLine: (line: string) => void): { readonly take: (chunk: Buffer) => void } {
  const parts: Buffer[] = [];
  return {
    take(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, end));
        const line = Buffer.concat(parts.splice(0)).toString('utf8');
        if (line !== '') onLine(line);
        from = end + 1;
      }
      if (from < chunk.length) parts.push(chunk.subarray(from));
    },
  };
}
