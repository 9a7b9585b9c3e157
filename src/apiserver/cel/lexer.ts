/** Splits expressions into tokens. Source: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax */
import { CelSyntaxError } from './errors.ts';
import { Uint } from './values.ts';

/** A token; literals have their value. */
export type Token =
  | { readonly type: 'ident' | 'symbol' | 'end'; readonly text: string; readonly at: number }
  | { readonly type: 'literal'; readonly text: string; readonly value: unknown; readonly at: number };

const space = /(?:[\t\n\f\r ]|\/\/[^\n]*)*/y;
const number = /(?:0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[uU]?)/y;
const ident = /[A-Za-z_][A-Za-z0-9_]*/y;
const symbol = /(?:==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}=])/y;
const quote = /(?:[rR][bB]?|[bB][rR]?)?("""|'''|"|')/y;
const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const maxInt = 2n ** 63n;

/** @throws CelSyntaxError */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(expression);
  };
  for (;;) {
    at += match(space)?.[0].length ?? 0;
    if (at >= expression.length) break;
    const begin = at;
    const quoted = match(quote);
    if (quoted !== null) {
      const [opening = '', mark = ''] = quoted;
      const end = endOf(expression, begin + opening.length, mark, /r/i.test(opening));
      const body = expression.slice(begin + opening.length, end);
      const value = textOf(expression, begin, body, opening.slice(0, -mark.length).toLowerCase());
      at = end + mark.length;
      tokens.push({ type: 'literal', text: expression.slice(begin, at), value, at: begin });
      continue;
    }
    const text = match(number)?.[0] ?? match(ident)?.[0] ?? match(symbol)?.[0];
    if (text === undefined)
      throw new CelSyntaxError(expression, at, `Syntax error: token recognition error at: '${expression[at] ?? ''}'`);
    at += text.length;
    tokens.push(tokenOf(expression, text, begin));
  }
  tokens.push({ type: 'end', text: '<EOF>', at });
  return tokens;
}

function tokenOf(expression: string, text: string, at: number): Token {
  if (/^[.]?\d/.test(text)) return { type: 'literal', text, value: numberOf(expression, text, at), at };
  if (words.has(text)) return { type: 'literal', text, value: words.get(text), at };
  return { type: /^\w/.test(text) ? 'ident' : 'symbol', text, at };
}

function numberOf(expression: string, text: string, at: number): unknown {
  if (!/^0x/i.test(text) && /[.eE]/.test(text)) return Number(text);
  if (/u$/i.test(text)) {
    const value = BigInt(text.slice(0, -1));
    if (value < 2n * maxInt) return new Uint(value);
  } else if (BigInt(text) <= maxInt) return BigInt(text);
  throw new CelSyntaxError(expression, at, `invalid int literal`);
}

function endOf(expression: string, from: number, mark: string, isRaw: boolean): number {
  for (let at = from; at < expression.length; at++) {
    const here = expression[at];
    if (here === '\\' && !isRaw) at++;
    else if (expression.startsWith(mark, at)) return at;
    else if (here === '\n' && mark.length === 1) break;
  }
  throw new CelSyntaxError(expression, from, 'Syntax error: unterminated string');
}

const simple: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"', '`': '`', '?': '?' },
};
const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;

/** @param prefix of "r" and "b" */
function textOf(expression: string, at: number, body: string, prefix: string): string | Uint8Array {
  const isBytes = prefix.includes('b');
  const bytes: number[] = [];
  let text = '';
  let from = 0;
  const add = (more: string): void => {
    if (isBytes) bytes.push(...Buffer.from(more));
    else text += more;
  };
  for (const found of prefix.includes('r') ? [] : body.matchAll(escape)) {
    add(body.slice(from, found.index));
    from = found.index + found[0].length;
    const [, hex, short, long, octal, one = ''] = found;
    const code = hex ?? short ?? long;
    const value = code === undefined ? (octal === undefined ? undefined : parseInt(octal, 8)) : parseInt(code, 16);
    if (value === undefined) {
      const meant = simple[one];
      if (meant === undefined) throw new CelSyntaxError(expression, at, 'invalid escape sequence');
      add(meant);
    } else if (isBytes && short === undefined && long === undefined) bytes.push(value);
    else if (value > 0x10ffff) throw new CelSyntaxError(expression, at, 'invalid unicode code point');
    else add(String.fromCodePoint(value));
  }
  add(body.slice(from));
  return isBytes ? Uint8Array.from(bytes) : text;
}
