import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.gen.ts'))
  .map((name) => join('src', name))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** What stands first in the rows of a page's tables, in code. */
function rowsOf(page: string): ReadonlySet<string> {
  const cells = [...readFileSync(page, 'utf8').matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)));
}

describe('the page of metrics', () => {
  const prefixes =
    'apiserver|authenticated|authentication|authorization|kubedirector|kubernetes|leader_election|rest_client|workqueue';
  /** Values of labels with the form of a metric. */
  const others = new Set(['apiserver_internal_error']);
  const inCode = new Set(
    sources
      .flatMap(({ text }) => [...text.matchAll(new RegExp(`'((?:${prefixes})_[a-z0-9_]+)'`, 'g'))])
      .map(([, name = '']) => name)
      .filter((name) => !others.has(name)),
  );
  /** Their names are put together in src/auth/delegation.ts. */
  const delegated = ['authn', 'authz'].flatMap((kind) => [
    `apiserver_delegated_${kind}_request_total`,
    `apiserver_delegated_${kind}_request_duration_seconds`,
  ]);
  const onPage = rowsOf('docs/reference/metrics.md');

  it('has every metric of the code', () => {
    expect(inCode.size).toBeGreaterThan(50);
    expect([...inCode].filter((name) => !onPage.has(name))).toEqual([]);
  });

  it('has no other metric', () => {
    const made = new Set([...inCode, ...delegated]);
    expect([...onPage].filter((name) => !made.has(name))).toEqual([]);
  });
});

describe('the page of reasons', () => {
  const onPage = rowsOf('docs/reference/reasons.md');
  const written = sources.filter(({ path }) => /^src\/(controller|registry|clients)\//.test(path));
  const literals = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);
  /** Of Status errors of the API. */
  const statusReasons = new Set(['NotFound', 'AlreadyExists']);
  const inCode = new Set(
    written.flatMap(({ text }) => [
      ...literals(text, /\breason: '([A-Z][A-Za-z]+)'/g),
      ...literals(text, /\bevent\(\s*\w+,\s*'([A-Z][A-Za-z]+)'/g),
      ...literals(text, /\brecord\([^)]*?'(?:Normal|Warning)',\s*'([A-Z][A-Za-z]+)'/g),
      ...literals(text, /\b(?:\w*[rR]eason|updateFailed|specWaiting|volumesResizing) = '([A-Z][A-Za-z]+)'/g),
    ]),
  );
  const everything = sources.map(({ text }) => text).join('\n');

  it('has every reason of the code', () => {
    expect(inCode.size).toBeGreaterThan(50);
    expect([...inCode].filter((name) => !onPage.has(name) && !statusReasons.has(name))).toEqual([]);
  });

  it('has no reason that the code does not know', () => {
    expect([...onPage].filter((name) => !everything.includes(`'${name}'`))).toEqual([]);
  });
});
