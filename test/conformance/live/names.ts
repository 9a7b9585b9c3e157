/** Gives what no two servers have in common (groups, namespaces, uids, revisions, times) the same names for all. */

/** What a server calls what the scenarios have words for: GROUP, NAMESPACE … */
export type Words = Readonly<Record<string, string>>;

type Known = 'revision' | 'uid';
/** A list's revision is its store's, to which others write, and tokens are never the same: each gets a name of its own. */
type Fresh = 'list' | 'continue';

/**
 * Of one scenario on one server. In requests a value is named by the order in which it turned up (`<revision 2>`); it is
 * shown by the step in which it did, so that a difference in one step is none in the next.
 */
export interface Names {
  /** What follows is of this step. */
  begin(step: string): void;
  /** A text with the values that a server gave, for the names they have in scenarios. */
  real(text: string): string;
  known(kind: Known, value: string): string;
  fresh(kind: Fresh, value: string): string;
  /** Names that begin with this have an end of their own. @param prefix a generateName */
  generated(prefix: string): void;
  /** A text with the names. */
  shown(text: string): string;
}

/** Revisions of a store in messages. */
const revisions = [
  /(?<=Too large resource version: \d+, current: )\d+/g,
  /(?<=too old resource version: \d+ \()\d+(?=\))/g,
  /(?<=ResourceVersion in object meta: )\d+/g,
  /(?<=the ResourceVersion in record \()\d+(?=\))/g,
];

/** What of a generateName is in the name, which has 63 letters at most. Source: k8s.io/apiserver/pkg/storage/names */
const generatedLength = 58;

function withoutEnds(text: string, prefix: string): string {
  const [start, ...rest] = text.split(prefix);
  const shown = rest.map((one) => one.replace(/^[bcdfghjklmnpqrstvwxz2456789]{5}/, '<random>'));
  return [start, ...shown].join(prefix);
}

export function createNames(words: Words): Names {
  const nameOf = new Map<string, string>();
  const valueOf = new Map<string, string>();
  const counts = new Map<string, number>();
  const prefixes = new Set<string>();
  let step = '';
  // The longest first: WEBHOOK_CA before WEBHOOK.
  const pairs = Object.entries(words).sort(([one], [other]) => other.length - one.length);
  const count = (key: string): number => {
    const next = (counts.get(key) ?? 0) + 1;
    counts.set(key, next);
    return next;
  };
  const fresh = (kind: string, value: string): string => {
    valueOf.set(`<${kind} ${count(kind)}>`, value);
    return `<${kind} ${count(`${kind} of ${step}`)} of ${step}>`;
  };
  const known = (kind: Known, value: string): string => {
    const name = nameOf.get(`${kind} ${value}`) ?? fresh(kind, value);
    nameOf.set(`${kind} ${value}`, name);
    return name;
  };
  return {
    begin: (name) => (step = name),
    known,
    fresh,
    generated(prefix) {
      if (prefix !== '') prefixes.add(prefix.slice(0, generatedLength));
    },
    real: (text) =>
      pairs.reduce(
        (changed, [word, value]) => changed.replaceAll(word, value),
        text.replace(/<(?:revision|uid|list|continue) \d+>/g, (name) => valueOf.get(name) ?? name),
      ),
    shown(text) {
      const unmade = [...prefixes].reduce(withoutEnds, text);
      const named = revisions.reduce((changed, pattern) => changed.replace(pattern, '<revision>'), unmade);
      return pairs.reduce(
        (changed, [word, value]) => changed.replaceAll(value, word),
        named
          .replace(/(?<=hash=)[0-9A-F]{128}/g, '<hash>')
          // Those that requests bring stay what they are.
          .replace(/(?!11111111-)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) =>
            known('uid', uid),
          )
          .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>'),
      );
    },
  };
}
