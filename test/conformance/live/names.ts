/** Replaces values that differ between servers (groups, namespaces, uids, revisions, times) by common names. */

/** The values of a server for the words of scenarios: GROUP, NAMESPACE … */
export type Words = Readonly<Record<string, string>>;

type Known = 'revision' | 'uid';
/** Each of these gets a new name: others change the revision of a list, and continue tokens are never the same. */
type Fresh = 'list' | 'continue';

/**
 * The names of one scenario on one server. Requests name a value by the order of its first appearance (`<revision 2>`).
 * Answers show it with the step of that appearance, so that a difference in one step does not change the next steps.
 */
export interface Names {
  /** Starts the step to which the following values belong. */
  begin(step: string): void;
  /** The text with the values of the server in place of the names of scenarios. */
  real(text: string): string;
  known(kind: Known, value: string): string;
  fresh(kind: Fresh, value: string): string;
  /** Object names with this prefix have a random suffix. @param prefix a generateName */
  generated(prefix: string): void;
  /** The text with names in place of the values of the server. */
  shown(text: string): string;
}

/** Patterns of revisions of a store in messages. */
const revisions = [
  /(?<=Too large resource version: \d+, current: )\d+/g,
  /(?<=too old resource version: \d+ \()\d+(?=\))/g,
  /(?<=ResourceVersion in object meta: )\d+/g,
  /(?<=the ResourceVersion in record \()\d+(?=\))/g,
];

/** The longest part of a generateName in a name of 63 letters. Source: k8s.io/apiserver/pkg/storage/names */
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
  // The longest word comes first: WEBHOOK_CA before WEBHOOK.
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
          // The uids that scenarios send (11111111-…) are not changed.
          .replace(/(?!11111111-)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (uid) =>
            known('uid', uid),
          )
          .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>'),
      );
    },
  };
}
