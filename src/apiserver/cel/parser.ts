/** Parses expressions. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax */
import type { Entry, Field, Node } from './ast.ts';
import { CelSyntaxError } from './errors.ts';
import { tokensOf, type Token } from './lexer.ts';
import { expanded } from './macros.ts';

/** Levels of nesting; as in cel-go. */
const maxDepth = 250;
const maxLength = 100_000;
const levels: readonly (readonly string[])[] = [
  ['==', '!=', '<', '<=', '>', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];
const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** @throws CelSyntaxError */
export function parse(expression: string): Node {
  if (expression.length > maxLength) {
    throw new CelSyntaxError(expression, 0, `expression code point size exceeds limit: size: ${expression.length}`);
  }
  return new Parser(expression).all();
}

class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = tokensOf(expression);
  }

  all(): Node {
    const node = this.#conditional();
    if (this.#token.type !== 'end') throw this.#unexpected();
    return node;
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '<EOF>', at: this.#expression.length };
  }

  #is(...texts: readonly string[]): boolean {
    const { type, text } = this.#token;
    return type !== 'literal' && type !== 'end' && texts.includes(text);
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected();
  }

  #unexpected(): CelSyntaxError {
    const { at, text } = this.#token;
    return new CelSyntaxError(this.#expression, at, `Syntax error: mismatched input '${text}'`);
  }

  #conditional(): Node {
    if ((this.#depth += 1) > maxDepth) {
      const words = `expression recursion limit exceeded: ${maxDepth}`;
      throw new CelSyntaxError(this.#expression, this.#token.at, words);
    }
    const condition = this.#or();
    let node = condition;
    if (this.#take('?')) {
      const yes = this.#or();
      this.#expect(':');
      node = { kind: 'conditional', condition, yes, no: this.#conditional() };
    }
    this.#depth -= 1;
    return node;
  }

  #or(): Node {
    let left = this.#and();
    while (this.#take('||')) left = { kind: 'logic', isOr: true, left, right: this.#and() };
    return left;
  }

  #and(): Node {
    let left = this.#binary(0);
    while (this.#take('&&')) left = { kind: 'logic', isOr: false, left, right: this.#binary(0) };
    return left;
  }

  #binary(level: number): Node {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (this.#is(...operators)) {
      const { text, at } = this.#token;
      this.#at += 1;
      left = { kind: 'call', name: text, args: [left, this.#binary(level + 1)], at };
    }
    return left;
  }

  #unary(): Node {
    const { text, at } = this.#token;
    if (!this.#is('!', '-')) return this.#member();
    let count = 0;
    while (this.#take(text)) count += 1;
    const next = this.#token;
    if (text === '-' && count === 1 && next.type === 'literal' && typeof next.value !== 'string') {
      const { value } = next;
      if (typeof value === 'bigint' || typeof value === 'number') {
        this.#at += 1;
        return this.#suffixes({ kind: 'literal', value: -value });
      }
    }
    const operand = this.#member();
    if (count % 2 === 0) return operand;
    return { kind: 'call', name: text === '!' ? '!_' : '-_', args: [operand], at };
  }

  #member(): Node {
    return this.#suffixes(this.#primary());
  }

  #suffixes(first: Node): Node {
    let node = first;
    for (;;) {
      if (this.#take('.')) node = this.#selected(node);
      else if (this.#take('[')) {
        const optional = this.#take('?');
        const index = this.#conditional();
        this.#expect(']');
        node = { kind: 'index', operand: node, index, optional };
      } else if (this.#is('{') && nameOf(node) !== undefined) node = this.#struct(nameOf(node) ?? '');
      else return checked(this.#expression, node);
    }
  }

  #selected(operand: Node): Node {
    const optional = this.#take('?');
    const { text, type, at } = this.#token;
    if (type !== 'ident') throw this.#unexpected();
    this.#at += 1;
    if (optional || !this.#take('('))
      return { kind: 'select', operand, field: text, mode: optional ? 'optional' : 'plain' };
    const args = this.#list(')');
    return expanded(this.#expression, { kind: 'call', name: text, target: operand, args, at });
  }

  #primary(): Node {
    const token = this.#token;
    if (token.type === 'literal') {
      this.#at += 1;
      if (token.value === 2n ** 63n) throw new CelSyntaxError(this.#expression, token.at, 'invalid int literal');
      return { kind: 'literal', value: token.value };
    }
    if (this.#take('(')) {
      const node = this.#conditional();
      this.#expect(')');
      return node;
    }
    if (this.#take('[')) return this.#listLiteral();
    if (this.#take('{')) return { kind: 'map', entries: this.#entries() };
    this.#take('.');
    const { text, type, at } = this.#token;
    if (type !== 'ident') throw this.#unexpected();
    if (reserved.has(text)) throw new CelSyntaxError(this.#expression, at, `reserved identifier: ${text}`);
    this.#at += 1;
    if (!this.#take('(')) return { kind: 'ident', name: text, at };
    return expanded(this.#expression, { kind: 'call', name: text, args: this.#list(')'), at });
  }

  #list(end: string): Node[] {
    const nodes: Node[] = [];
    while (!this.#take(end)) {
      nodes.push(this.#conditional());
      if (!this.#is(end)) this.#expect(',');
    }
    return nodes;
  }

  #listLiteral(): Node {
    const items: { node: Node; optional: boolean }[] = [];
    while (!this.#take(']')) {
      const optional = this.#take('?');
      items.push({ optional, node: this.#conditional() });
      if (!this.#is(']')) this.#expect(',');
    }
    return { kind: 'list', items };
  }

  #entries(): Entry[] {
    const entries: Entry[] = [];
    while (!this.#take('}')) {
      const optional = this.#take('?');
      const key = this.#conditional();
      this.#expect(':');
      entries.push({ optional, key, value: this.#conditional() });
      if (!this.#is('}')) this.#expect(',');
    }
    return entries;
  }

  #struct(type: string): Node {
    const { at } = this.#token;
    this.#expect('{');
    const fields: Field[] = [];
    while (!this.#take('}')) {
      const optional = this.#take('?');
      const { text, type: kind } = this.#token;
      if (kind !== 'ident') throw this.#unexpected();
      this.#at += 1;
      this.#expect(':');
      fields.push({ name: text, optional, value: this.#conditional() });
      if (!this.#is('}')) this.#expect(',');
    }
    return { kind: 'struct', type, fields, at };
  }
}

/** The name that a chain of plain selections stands for; undefined for all else. */
export function nameOf(node: Node): string | undefined {
  if (node.kind === 'ident') return node.name;
  if (node.kind !== 'select' || node.mode !== 'plain') return undefined;
  const name = nameOf(node.operand);
  return name === undefined ? undefined : `${name}.${node.field}`;
}

/** -9223372036854775808 is an int, 9223372036854775808 is none. */
function checked(expression: string, node: Node): Node {
  if (node.kind === 'literal' && typeof node.value === 'bigint' && node.value < -(2n ** 63n))
    throw new CelSyntaxError(expression, 0, 'invalid int literal');
  return node;
}
