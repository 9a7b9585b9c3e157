/** Macros: calls that stand for other expressions. Source: cel-go/parser/macro.go, cel-go/ext/comprehensions.go */
import { accumulator, type Node } from './ast.ts';
import { CelSyntaxError } from './errors.ts';

type Call = Extract<Node, { kind: 'call' }>;

const literal = (value: unknown): Node => ({ kind: 'literal', value });
const result: Node = { kind: 'ident', name: accumulator, at: 0 };
const call = (name: string, ...args: readonly Node[]): Node => ({ kind: 'call', name, args, at: 0 });
const when = (condition: Node | undefined, yes: Node): Node =>
  condition === undefined ? yes : { kind: 'conditional', condition, yes, no: result };

/** What the call stands for; the call itself if it is no macro. @throws CelSyntaxError for wrong arguments */
export function expanded(expression: string, node: Call): Node {
  const { name, target, args, at } = node;
  if (target === undefined) return name === 'has' && args.length === 1 ? presence(expression, node) : node;
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    const [variable, body] = args as [Node, Node];
    return optionalMap(target, variableOf(expression, variable, at), body, name === 'optFlatMap');
  }
  if (name === 'sortBy' && args.length === 2) return sortBy(expression, target, args as [Node, Node], at);
  return loop(expression, node, target) ?? node;
}

function presence(expression: string, { args, at }: Call): Node {
  const [tested] = args;
  if (tested?.kind === 'select' && tested.mode === 'plain') return { ...tested, mode: 'test' };
  throw new CelSyntaxError(expression, at, 'invalid argument to has() macro');
}

function optionalMap(target: Node, variable: string, body: Node, isFlat: boolean): Node {
  const held = '@target';
  const name: Node = { kind: 'ident', name: held, at: 0 };
  const value: Node = { kind: 'call', name: 'value', target: name, args: [], at: 0 };
  const mapped: Node = { kind: 'bind', name: variable, value, body };
  const conditional: Node = {
    kind: 'conditional',
    condition: { kind: 'call', name: 'hasValue', target: name, args: [], at: 0 },
    yes: isFlat ? mapped : call('optional.of', mapped),
    no: call('optional.none'),
  };
  return { kind: 'bind', name: held, value: target, body: conditional };
}

function sortBy(expression: string, range: Node, [variable, key]: [Node, Node], at: number): Node {
  const held = '@list';
  const name: Node = { kind: 'ident', name: held, at: 0 };
  const variables = [variableOf(expression, variable, at)];
  const step = call('@append', result, key);
  const keys: Node = { kind: 'fold', range: name, variables, init: literalList(), step, result };
  return { kind: 'bind', name: held, value: range, body: call('@sortByAssociatedKeys', name, keys) };
}

const literalList = (): Node => ({ kind: 'list', items: [] });

/** With one variable for the element or key, or two for index and element, or key and value. */
function loop(expression: string, { name, args, at }: Call, range: Node): Node | undefined {
  const shape = shapes[name]?.find(({ counts }) => counts.includes(args.length));
  if (shape === undefined) return undefined;
  const isWide = shape.variables === 2;
  const variables = args.slice(0, shape.variables).map((one) => variableOf(expression, one, at));
  if (isWide && variables[0] === variables[1])
    throw new CelSyntaxError(expression, at, `duplicate variable name: ${variables[0] ?? ''}`);
  const made = shape.make(args.slice(shape.variables), variables);
  return { kind: 'fold', range, variables, ...made };
}

type Made = Pick<Extract<Node, { kind: 'fold' }>, 'init' | 'whileResult' | 'step' | 'result'>;
interface Shape {
  readonly variables: number;
  readonly counts: readonly number[];
  readonly make: (rest: readonly Node[], variables: readonly string[]) => Made;
}

const none = literal(null);
const all = ([predicate = none]: readonly Node[]): Made => {
  const step: Node = { kind: 'logic', isOr: false, left: result, right: predicate };
  return { init: literal(true), whileResult: true, step, result };
};
const exists = ([predicate = none]: readonly Node[]): Made => {
  const step: Node = { kind: 'logic', isOr: true, left: result, right: predicate };
  return { init: literal(false), whileResult: false, step, result };
};
const existsOne = ([predicate = none]: readonly Node[]): Made => {
  const step = when(predicate, call('+', result, literal(1n)));
  return { init: literal(0n), step, result: call('==', result, literal(1n)) };
};
const toList = (rest: readonly Node[]): Made => {
  const [predicate, transform] = rest.length > 1 ? rest : [undefined, rest[0]];
  return { init: literalList(), step: when(predicate, call('@append', result, transform ?? none)), result };
};
const filter = ([predicate = none]: readonly Node[], [variable = '']: readonly string[]): Made => {
  const element: Node = { kind: 'ident', name: variable, at: 0 };
  return { init: literalList(), step: when(predicate, call('@append', result, element)), result };
};
const emptyMap = (): Node => ({ kind: 'map', entries: [] });
const toMap = (rest: readonly Node[], [key = '']: readonly string[]): Made => {
  const [predicate, transform] = rest.length > 1 ? rest : [undefined, rest[0]];
  const name: Node = { kind: 'ident', name: key, at: 0 };
  return { init: emptyMap(), step: when(predicate, call('@insert', result, name, transform ?? none)), result };
};
const toEntries = (rest: readonly Node[]): Made => {
  const [predicate, transform] = rest.length > 1 ? rest : [undefined, rest[0]];
  return { init: emptyMap(), step: when(predicate, call('@insertAll', result, transform ?? none)), result };
};

const shapes: Readonly<Record<string, readonly Shape[]>> = {
  all: [
    { variables: 1, counts: [2], make: all },
    { variables: 2, counts: [3], make: all },
  ],
  exists: [
    { variables: 1, counts: [2], make: exists },
    { variables: 2, counts: [3], make: exists },
  ],
  exists_one: [{ variables: 1, counts: [2], make: existsOne }],
  existsOne: [
    { variables: 1, counts: [2], make: existsOne },
    { variables: 2, counts: [3], make: existsOne },
  ],
  map: [{ variables: 1, counts: [2, 3], make: toList }],
  filter: [{ variables: 1, counts: [2], make: filter }],
  transformList: [{ variables: 2, counts: [3, 4], make: toList }],
  transformMap: [{ variables: 2, counts: [3, 4], make: toMap }],
  transformMapEntry: [{ variables: 2, counts: [3, 4], make: toEntries }],
};

function variableOf(expression: string, node: Node, at: number): string {
  if (node.kind === 'ident') return node.name;
  throw new CelSyntaxError(expression, at, 'argument must be a simple name');
}
