/** Encodes lists and Tables item by item: maps with one long list. */
import type { WrittenJson } from '../watchcache/contract.ts';
import type { Negotiated } from './contract.ts';
import type { Fragment } from './pieces.ts';
import { YamlWriter } from './yaml-writer.ts';

/** The map without the list. */
export type ListHead = Readonly<Record<string, unknown>>;

type Form = Pick<Negotiated, 'mediaType' | 'pretty'>;

const comma = Buffer.from(',');

/** The fragments of the document; each item is requested and encoded with its fragment. */
export function listFragments(form: Form, head: ListHead, key: string, items: Iterable<unknown>): Iterable<Fragment> {
  if (form.mediaType === 'application/yaml') return yamlFragments(head, key, items);
  return form.pretty ? prettyFragments(head, key, items) : jsonFragments(head, key, items);
}

/** The fragments of a document in plain JSON whose items are encoded already. */
export function* verbatimFragments(
  head: ListHead,
  key: string,
  items: Iterable<Buffer | WrittenJson>,
): Generator<Fragment> {
  yield opened(head, key);
  let isFirst = true;
  for (const item of items) {
    if (!isFirst) yield comma;
    yield item;
    isFirst = false;
  }
  yield ']}';
}

const opened = (head: ListHead, key: string): string => `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(key)}:[`;

function* jsonFragments(head: ListHead, key: string, items: Iterable<unknown>): Generator<string> {
  yield opened(head, key);
  let isFirst = true;
  for (const item of items) {
    const text = JSON.stringify(item);
    yield isFirst ? text : `,${text}`;
    isFirst = false;
  }
  yield ']}';
}

function* prettyFragments(head: ListHead, key: string, items: Iterable<unknown>): Generator<string> {
  const open = JSON.stringify(head, undefined, 2).slice(0, -'\n}'.length);
  yield `${open},\n  ${JSON.stringify(key)}: [`;
  let isFirst = true;
  for (const item of items) {
    // Strings in JSON contain no raw line ends, so all of them are layout.
    const text = JSON.stringify(item, undefined, 2).replaceAll('\n', '\n    ');
    yield `${isFirst ? '' : ','}\n    ${text}`;
    isFirst = false;
  }
  yield isFirst ? ']\n}' : '\n  ]\n}';
}

/** Keys are sorted, so the list may come before other keys. */
function* yamlFragments(head: ListHead, key: string, items: Iterable<unknown>): Generator<string> {
  const writer = new YamlWriter();
  const entries = Object.entries(head);
  yield* writer.entries(Object.fromEntries(entries.filter(([name]) => name < key)));
  let isFirst = true;
  for (const item of items) {
    if (isFirst) yield `${key}:\n`;
    isFirst = false;
    yield* writer.item(item);
  }
  if (isFirst) yield `${key}: []\n`;
  yield* writer.entries(Object.fromEntries(entries.filter(([name]) => name > key)));
}
