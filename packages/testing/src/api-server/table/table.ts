import { type ApiAnswer, type ApiRequest, type ApiWatch, type WatchEvent } from '../exchange.ts';
import { isFields, type Fields } from '../json.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import { columnsOf, type Columns } from './columns.ts';

/** How much of an object comes with its row. */
type Included = 'None' | 'Metadata' | 'Object';

/** What a client wants that asks for a Table, and undefined when it wants objects. */
export function tableWanted({ accept = '', path }: ApiRequest): Included | undefined {
  const first = accept.split(',').find((each) => /;\s*as=/.test(each) || !each.includes(';')) ?? '';
  if (!/;\s*as=Table\b/.test(first)) return undefined;
  const included = /[?&]includeObject=(None|Metadata|Object)/.exec(path)?.[1];
  return (included as Included | undefined) ?? 'Metadata';
}

/** Objects as rows, at one moment: ages are told as of then. */
interface View {
  kind: Kind;
  included: Included;
  now: () => number;
}

const isList = (body: Fields): boolean => Array.isArray(body['items']);

/** The answer as a Table; failures and what is no object stay as they are. */
export function tableAnswer(answer: ApiAnswer, view: View): ApiAnswer {
  const { body, status } = answer;
  if (status >= 300 || !isFields(body) || body['kind'] === 'Status') return answer;
  return { ...answer, body: tableOf(body, columnsOf(view.kind), view, true) };
}

/** A watch whose events hold Tables of one row; the first of them says what the columns are. */
export function tableWatch(watch: ApiWatch, view: View): ApiWatch {
  const columns = columnsOf(view.kind);
  let isFirst = true;
  const show = (event: WatchEvent): WatchEvent => {
    if (event.type === 'ERROR') return event;
    const object = tableOf(event.object as Fields, columns, view, isFirst);
    isFirst = false;
    return { type: event.type, object };
  };
  return { ...watch, onEvent: (listener) => watch.onEvent((event) => listener(show(event))) };
}

function tableOf(body: Fields, { definitions, cells }: Columns, view: View, withColumns: boolean): Fields {
  const metadata = body['metadata'] as Fields;
  const { continue: token, remainingItemCount } = metadata;
  const items = isList(body) ? (body['items'] as Fields[]) : [body];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {
      resourceVersion: metadata['resourceVersion'],
      ...(token ? { continue: token } : {}),
      ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
    },
    columnDefinitions: withColumns ? definitions : null,
    rows: items.map((item) => ({ cells: cells(item, view.now()), object: included(item, view) })),
  };
}

function included(object: Fields, { included: how, kind }: View): Fields | null {
  switch (how) {
    case 'None':
      return null;
    case 'Metadata':
      return {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: object['metadata'] as Fields,
      };
    case 'Object':
      return { ...object, kind: kind.kind, apiVersion: apiVersionOf(kind) };
  }
}
