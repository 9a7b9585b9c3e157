/** Parses YAML bodies like kube-apiserver: YAML 1.1's booleans and merge keys, but dates stay strings. */
import {
  Composer,
  isAlias,
  isCollection,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  visit,
  type CST,
  type Document,
  type Tags,
} from 'yaml';
import type { Steps } from '../../runtime/steps.ts';
import { maxDepth } from '../../schema/depth.ts';
import { DecodeError } from './decode-error.ts';

/** Tags of YAML 1.1 for types that JSON does not have. */
const unwanted = new Set(['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary', 'tag:yaml.org,2002:omap']);

/** Unlike YAML 1.1, Go's parser reads y and n as strings. */
const yes = /^(?:[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/;
const no = /^(?:[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/;

/**
 * YAML is parsed at about 2 microseconds per token, the most of it in one step, on the only thread. This limit allows 2,000 to 3,000
 * lines of usual YAML; JSON, which parses fifty times as fast, may be larger.
 */
const maxTokens = 12_000;
/** In characters; needed because a long scalar is only one token. */
const maxBytes = 1024 * 1024;
/** Reading so many tokens is one step. */
const tokensAStep = 500;
/** The most characters shown of an invalid key. */
const maxShown = 200;
const maxReported = 100;

/**
 * Parses a YAML document, in steps.
 * @returns the value, and a message `line 3: key "name" already set in map` for each repeated key (the last one counts)
 * @throws DecodeError that names the line; also for more than one document, aliases that multiply, and documents above
 *        the limits
 */
export function* parseYaml(text: string): Steps<{ value: unknown; duplicates: string[] }> {
  if (text.length > maxBytes) throw new DecodeError(`yaml: more than ${maxBytes} characters; send it as JSON`);
  const lines = new LineCounter();
  const found = yield* tokens(text, lines);
  yield;
  const document = compose(found, text.length);
  const [error] = document.errors;
  if (error !== undefined) throw new DecodeError(`yaml: ${position(lines, error.pos[0])}: ${error.message}`);
  yield;
  refuseCollectionKeys(document, lines);
  const duplicates = repeatedKeys(document, lines);
  yield;
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) as unknown, duplicates };
  } catch (cause) {
    throw new DecodeError(`yaml: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * The tokens of the document. Composing recurses, so depth is limited here, without recursion: a stack overflow within
 * a regular expression ends the process.
 */
function* tokens(text: string, lines: LineCounter): Steps<CST.Token[]> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const found: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > maxTokens) throw new DecodeError(`yaml: more than ${maxTokens} tokens; send it as JSON`);
    found.push(...parser.next(lexeme));
    if (count % tokensAStep === 0) yield;
    if (parser.stack.length > maxDepth) throw new DecodeError(`yaml: exceeded max depth of ${maxDepth}`);
  }
  found.push(...parser.end());
  return found;
}

function compose(found: readonly CST.Token[], length: number): Document.Parsed {
  const composer = new Composer({ version: '1.1', merge: true, uniqueKeys: false, customTags: jsonTags });
  const [document, second] = composer.compose(found, true, length);
  if (document === undefined) throw new DecodeError('yaml: there is no document');
  if (second !== undefined) throw new DecodeError('yaml: there is more than one document');
  return document;
}

function jsonTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => {
    if (typeof tag === 'string') return !['timestamp', 'binary', 'omap', 'intTime', 'floatTime'].includes(tag);
    return !unwanted.has(tag.tag) && tag.format !== 'TIME';
  });
  return kept.map((tag) => {
    if (typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:bool' || tag.collection !== undefined) return tag;
    return Object.assign({}, tag, { test: tag.test?.test('true') === true ? yes : no });
  });
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}`;
}

/**
 * Refuses maps and lists as keys, which JSON cannot express; the library would turn them into text and warn on standard
 * error.
 */
function refuseCollectionKeys(document: Document.Parsed, lines: LineCounter): void {
  visit(document, {
    Pair(_, { key }) {
      const target = isAlias(key) ? key.resolve(document) : key;
      if (!isCollection(target)) return;
      const [offset = 0] = (isNode(key) ? key.range : undefined) ?? [];
      throw new DecodeError(`yaml: ${position(lines, offset)}: invalid map key: ${String(target).slice(0, maxShown)}`);
    },
  });
}

function repeatedKeys(document: Document.Parsed, lines: LineCounter): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value) && found.length < maxReported) {
          const { line } = lines.linePos(key.range?.[0] ?? 0);
          found.push(`line ${line}: key ${JSON.stringify(String(key.value))} already set in map`);
        }
        seen.add(key.value);
      }
    },
  });
  return found;
}
