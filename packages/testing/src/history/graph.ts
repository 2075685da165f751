/** A directed graph whose edges have a kind (a power of two), built once and then read many times. */
export interface Graph {
  nodes: number;
  /** Edges of a node: indexes first[node] to first[node + 1]. */
  first: Int32Array;
  target: Int32Array;
  kind: Uint8Array;
  /** The edge's number as it was added, to find its reason. */
  added: Int32Array;
}

export interface EdgeList {
  from: number[];
  to: number[];
  kind: number[];
}

/** Edges sorted by source, and of one source by kind, so that the first edge found is the most telling one. */
export function buildGraph(nodes: number, edges: EdgeList): Graph {
  const count = edges.from.length;
  const first = new Int32Array(nodes + 1);
  for (const from of edges.from) first[from + 1]!++;
  for (let node = 0; node < nodes; node++) first[node + 1]! += first[node]!;
  const next = first.slice();
  const target = new Int32Array(count);
  const kind = new Uint8Array(count);
  const added = new Int32Array(count);
  for (const wanted of [...new Set(edges.kind)].sort((a, b) => a - b)) {
    for (let edge = 0; edge < count; edge++) {
      if (edges.kind[edge] !== wanted) continue;
      const slot = next[edges.from[edge]!]!++;
      target[slot] = edges.to[edge]!;
      kind[slot] = wanted;
      added[slot] = edge;
    }
  }
  return { nodes, first, target, kind, added };
}

/** Strongly connected components of more than one node, over the kinds in the mask (Tarjan, without recursion). */
export function components({ nodes, first, target, kind }: Graph, mask: number): number[][] {
  const found: number[][] = [];
  const order = new Int32Array(nodes);
  const low = new Int32Array(nodes);
  const cursor = first.slice();
  const isOpen = new Uint8Array(nodes);
  const open: number[] = [];
  const path: number[] = [];
  let count = 0;
  const enter = (node: number): void => {
    order[node] = low[node] = ++count;
    isOpen[node] = 1;
    open.push(node);
    path.push(node);
  };
  for (let root = 0; root < nodes; root++) {
    if (order[root] !== 0) continue;
    enter(root);
    while (path.length > 0) {
      const node = path.at(-1)!;
      const slot = cursor[node]!;
      if (slot < first[node + 1]!) {
        cursor[node]!++;
        if ((kind[slot]! & mask) === 0) continue;
        const other = target[slot]!;
        if (order[other] === 0) enter(other);
        else if (isOpen[other] === 1) low[node] = Math.min(low[node]!, order[other]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low[parent] = Math.min(low[parent]!, low[node]!);
      if (low[node] !== order[node]) continue;
      const component = open.splice(open.lastIndexOf(node));
      for (const member of component) isOpen[member] = 0;
      if (component.length > 1) found.push(component.sort((a, b) => a - b));
    }
  }
  return found;
}
