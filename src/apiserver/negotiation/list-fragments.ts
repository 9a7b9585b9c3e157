/** Encodes lists and Tables item by item: maps with one long list. */
import type { Negotiated } from './contract.ts';
import { YamlWriter } from './yaml-writer.ts';

/** The map without the list. */
export type ListHead = Readonly<Record<string, unknown>>;

/** An item: its value, or its existing JSON if plain JSON is wanted. */
export type ListItem = { readonly value: unknown } | { readonly json: Buffer };

type Form = Pick<Negotiated, 'mediaType' | 'pretty'>;

const comma = Buffer.from(',');

/**
 * The fragments of the document; each item is requested and encoded with its fragment.
 * @param items those with `json` only for plain JSON
 */
export function listFragments(
  form: Form,
  head: ListHead,
  key: string,
  items: Iterable<ListItem>,
): Iterable<string | Buffer> {
  if (form.mediaType === 'application/yaml') return yamlFragments(head, key, items);
  return form.pretty ? prettyFragments(head, key, items) : jsonFragments(head, key, items);
}

function* jsonFragments(head: ListHead, key: string, items: Iterable<ListItem>): Generator<string | Buffer> {
  yield `${JSON.stringify(head).slice(0, -1)},${JSON.stringify(key)}:[`;
  let isFirst = true;
  for (const item of items) {
    if ('json' in item) {
      if (!isFirst) yield comma;
      yield item.json;
    } else {
      const text = JSON.stringify(item.value);
      yield isFirst ? text : `,${text}`;
    }
    isFirst = false;
  }
  yield ']}';
}

function* prettyFragments(head: ListHead, key: string, items: Iterable<ListItem>): Generator<string> {
  const open = JSON.stringify(head, undefined, 2).slice(0, -'\n}'.length);
  yield `${open},\n  ${JSON.stringify(key)}: [`;
  let isFirst = true;
  for (const item of items) {
    // Strings in JSON contain no raw line ends, so all of them are layout.
    const text = JSON.stringify(valueOf(item), undefined, 2).replaceAll('\n', '\n    ');
    yield `${isFirst ? '' : ','}\n    ${text}`;
    isFirst = false;
  }
  yield isFirst ? ']\n}' : '\n  ]\n}';
}

/** Keys are sorted, so the list may come before other keys. */
function* yamlFragments(head: ListHead, key: string, items: Iterable<ListItem>): Generator<string> {
  const writer = new YamlWriter();
  const entries = Object.entries(head);
  yield* writer.entries(Object.fromEntries(entries.filter(([name]) => name < key)));
  let isFirst = true;
  for (const item of items) {
    if (isFirst) yield `${key}:\n`;
    isFirst = false;
    yield* writer.item(valueOf(item));
  }
  if (isFirst) yield `${key}: []\n`;
  yield* writer.entries(Object.fromEntries(entries.filter(([name]) => name > key)));
}

function valueOf(item: ListItem): unknown {
  return 'json' in item ? (JSON.parse(item.json.toString('utf8')) as unknown) : item.value;
}
