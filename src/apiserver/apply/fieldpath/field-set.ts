/** Sets of field paths: what a manager owns, what a write changes. Source: structured-merge-diff, fieldpath/set.go */
import { compareElements, type PathElement } from './path-element.ts';
import type { Path } from './path.ts';

/**
 * One element of a set at one level. It is a member (its own path is in the set), or paths below it are, or both; a node of
 * which neither is true does not exist.
 */
export interface SetNode {
  readonly element: PathElement;
  readonly member: boolean;
  readonly below: FieldSet;
}

/** What becomes of the nodes of two sets. Nodes that only one has are kept as they are, or not at all. */
interface Rule {
  readonly keepLeft: boolean;
  readonly keepRight: boolean;
  /** Of an element that both have; the left node itself where nothing changes. */
  both(left: SetNode, right: SetNode): SetNode | undefined;
}

const unionRule: Rule = {
  keepLeft: true,
  keepRight: true,
  both: (left, right) => changed(left, left.member || right.member, left.below.union(right.below)),
};
const intersectionRule: Rule = {
  keepLeft: false,
  keepRight: false,
  both: (left, right) => changed(left, left.member && right.member, left.below.intersection(right.below)),
};
const differenceRule: Rule = {
  keepLeft: true,
  keepRight: false,
  both: (left, right) => changed(left, left.member && !right.member, left.below.difference(right.below)),
};
const recursiveDifferenceRule: Rule = {
  keepLeft: true,
  keepRight: false,
  both: (left, right) =>
    right.member ? undefined : changed(left, left.member, left.below.recursiveDifference(right.below)),
};

function changed(node: SetNode, member: boolean, below: FieldSet): SetNode | undefined {
  if (!member && below.isEmpty) return undefined;
  return member === node.member && below === node.below ? node : { element: node.element, member, below };
}

/** An immutable set. Operations return the set itself where nothing changes, so that sets share what they have in common. */
export class FieldSet {
  static readonly empty = new FieldSet([]);
  /** Sorted by their elements, each element once. */
  readonly nodes: readonly SetNode[];

  private constructor(nodes: readonly SetNode[]) {
    this.nodes = nodes;
  }

  /** The set of nodes in any order, each element once. @param nodes are kept: not to be changed any more */
  static ofNodes(nodes: SetNode[]): FieldSet {
    if (nodes.length === 0) return FieldSet.empty;
    if (!isSorted(nodes)) nodes.sort((a, b) => compareElements(a.element, b.element));
    return new FieldSet(nodes);
  }

  /** The set of nodes that are sorted already, each element once. */
  static fromSorted(nodes: readonly SetNode[]): FieldSet {
    return nodes.length === 0 ? FieldSet.empty : new FieldSet(nodes);
  }

  /** The set of these paths. The empty path is nobody's: it is left out. */
  static of(...paths: readonly Path[]): FieldSet {
    return paths.reduce((set, path) => set.insert(path), FieldSet.empty);
  }

  get isEmpty(): boolean {
    return this.nodes.length === 0;
  }

  /** With this path, not with the paths above it. */
  insert(path: Path): FieldSet {
    return this.union(single(path));
  }

  has(path: Path): boolean {
    const [first, ...rest] = path;
    const node = first && this.find(first);
    if (node === undefined) return false;
    return rest.length === 0 ? node.member : node.below.has(rest);
  }

  /** This level's node of an element. Costs the logarithm of the level's size. */
  find(element: PathElement): SetNode | undefined {
    const node = this.nodes[lowerBound(this.nodes, element, 0, this.nodes.length)];
    return node !== undefined && compareElements(node.element, element) === 0 ? node : undefined;
  }

  /** What lies below an element, without the element. */
  withPrefix(element: PathElement): FieldSet {
    return this.find(element)?.below ?? FieldSet.empty;
  }

  union(other: FieldSet): FieldSet {
    return this.isEmpty ? other : this.#combine(other, unionRule);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, intersectionRule);
  }

  /** Without the paths of the other set; what lies below those stays. */
  difference(other: FieldSet): FieldSet {
    return this.#combine(other, differenceRule);
  }

  /** Without the paths of the other set and everything below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    return this.#combine(other, recursiveDifferenceRule);
  }

  /** Without the paths that have others below them. */
  leaves(): FieldSet {
    return this.mapNodes((node) => (node.below.isEmpty ? node : changed(node, false, node.below.leaves())));
  }

  /** With each node of this level as the function makes it; it may not change the element. */
  mapNodes(change: (node: SetNode) => SetNode | undefined): FieldSet {
    // Undefined as long as the outcome is this set's beginning.
    let out: SetNode[] | undefined;
    for (let index = 0; index < this.nodes.length; index++) {
      const node = this.nodes[index];
      const next = node && change(node);
      if (next !== node) out ??= this.nodes.slice(0, index);
      if (next !== undefined) out?.push(next);
    }
    return out === undefined ? this : FieldSet.fromSorted(out);
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.nodes.length !== other.nodes.length) return false;
    return this.nodes.every((node, index) => {
      const twin = other.nodes[index];
      return (
        twin?.member === node.member &&
        compareElements(node.element, twin.element) === 0 &&
        node.below.equals(twin.below)
      );
    });
  }

  /** How many paths there are. Counts them. */
  size(): number {
    return this.nodes.reduce((sum, node) => sum + Number(node.member) + node.below.size(), 0);
  }

  /** All paths: those of a level first, in order, then those below each of its elements. */
  *paths(prefix: Path = []): Generator<Path> {
    for (const node of this.nodes) if (node.member) yield [...prefix, node.element];
    for (const node of this.nodes) yield* node.below.paths([...prefix, node.element]);
  }

  #combine(other: FieldSet, rule: Rule): FieldSet {
    const nodes = combine(this.nodes, other.nodes, rule);
    return nodes === this.nodes ? this : FieldSet.fromSorted(nodes);
  }
}

/** The set of one path. */
function single(path: Path): FieldSet {
  return path.reduceRight<FieldSet>(
    (below, element) => FieldSet.fromSorted([{ element, member: below.isEmpty, below }]),
    FieldSet.empty,
  );
}

function isSorted(nodes: readonly SetNode[]): boolean {
  return nodes.every((node, index) => {
    const before = nodes[index - 1];
    return before === undefined || compareElements(before.element, node.element) < 0;
  });
}

/** The first place between two where a node's element is not less than this one. */
function lowerBound(nodes: readonly SetNode[], element: PathElement, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const node = nodes[middle];
    if (node !== undefined && compareElements(node.element, element) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As lowerBound from a place on, cheap where the answer is near. */
function skipTo(nodes: readonly SetNode[], element: PathElement, from: number): number {
  let reach = 1;
  for (;;) {
    const node = nodes[from + reach];
    if (node === undefined || compareElements(node.element, element) >= 0) break;
    reach *= 2;
  }
  return lowerBound(nodes, element, from + (reach >>> 1), Math.min(from + reach, nodes.length));
}

/**
 * The nodes of two sets by a rule; those of the left set themselves where nothing changes. Costs little where one set is
 * small, whatever the size of the other, but for copying.
 */
function combine(left: readonly SetNode[], right: readonly SetNode[], rule: Rule): readonly SetNode[] {
  // Undefined as long as the outcome is the left set's beginning.
  let out: SetNode[] | undefined;
  let [i, j] = [0, 0];
  for (;;) {
    const a = left[i];
    const b = right[j];
    if (a === undefined || b === undefined) break;
    const order = compareElements(a.element, b.element);
    if (order < 0) {
      const end = skipTo(left, b.element, i);
      if (!rule.keepLeft) out ??= left.slice(0, i);
      else if (out !== undefined) append(out, left, i, end);
      i = end;
    } else if (order > 0) {
      const end = skipTo(right, a.element, j);
      if (rule.keepRight) {
        out ??= left.slice(0, i);
        append(out, right, j, end);
      }
      j = end;
    } else {
      const node = rule.both(a, b);
      if (node !== a) out ??= left.slice(0, i);
      if (out !== undefined && node !== undefined) out.push(node);
      i += 1;
      j += 1;
    }
  }
  if (i < left.length) {
    if (!rule.keepLeft) out ??= left.slice(0, i);
    else if (out !== undefined) append(out, left, i, left.length);
  }
  if (j < right.length && rule.keepRight) {
    out ??= left.slice(0, i);
    append(out, right, j, right.length);
  }
  return out ?? left;
}

function append(out: SetNode[], nodes: readonly SetNode[], from: number, to: number): void {
  for (const node of from === 0 && to === nodes.length ? nodes : nodes.slice(from, to)) out.push(node);
}
