import { writeReference } from './write-reference.ts';

await writeReference();
