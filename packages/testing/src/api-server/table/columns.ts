import { builtInFacts, metadataDescription, type ColumnFact } from '../data/built-in.ts';
import { type Fields } from '../json.ts';
import { type Kind, type PrinterColumn } from '../kinds/kind.ts';
import { ageOf } from './age.ts';
import { coreCells } from './core-cells.ts';
import { customCells } from './custom-cells.ts';
import { part, text } from './look.ts';
import { workloadCells } from './workload-cells.ts';

/** What `kubectl get` shows of a kind. */
export interface Columns {
  definitions: readonly Fields[];
  cells: (object: Fields, now: number) => unknown[];
}

const nameColumn: ColumnFact = { name: 'Name', type: 'string', format: 'name' };
const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: metadataDescription('creationTimestamp'),
};
const plainName = (object: Fields): string => text(object, 'metadata', 'name');

/** What a CRD says, or the name and the age. */
function ofCustomKind({ printerColumns = [ageColumn] }: Kind): Columns {
  const cells = customCells(printerColumns);
  return {
    definitions: [
      definition(nameColumn),
      ...printerColumns.map((column) =>
        definition({
          ...column,
          description:
            column.description ??
            `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
        }),
      ),
    ],
    cells: (object, now) => [plainName(object), ...cells(object, now)],
  };
}

const definition = ({ name, type, format, description, priority }: ColumnFact): Fields => ({
  name,
  type,
  format: format ?? '',
  description: description ?? metadataDescription(format === 'name' ? 'name' : 'creationTimestamp'),
  priority: priority ?? 0,
});

/** A kind that nobody has described. */
const plain: Columns = {
  definitions: [definition(nameColumn), definition({ name: 'Age', type: 'string' })],
  cells: (object, now) => [plainName(object), ageOf(part(object, 'metadata')['creationTimestamp'], now)],
};

export function columnsOf(kind: Kind): Columns {
  if (kind.fromCrd !== undefined) return ofCustomKind(kind);
  const id = `${kind.plural}.${kind.group}`;
  const facts = builtInFacts(kind.group, kind.plural);
  const cells = coreCells[id] ?? workloadCells[id];
  return facts && cells ? { definitions: facts.columns.map(definition), cells } : plain;
}
