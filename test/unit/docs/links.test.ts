import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf } from '../../support/markdown.ts';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(path) && !path.includes('testdata/'));
const pages = new Map(files.map((path) => [path, readFileSync(path, 'utf8')]));
const isExternal = (link: string): boolean => /^[a-z]+:/i.test(link);

function problemsOf(path: string, markdown: string): readonly string[] {
  return linksOf(markdown).flatMap((link) => {
    if (isExternal(link)) return [];
    const [file = '', anchor] = decodeURI(link).split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(target)) return [`there is no ${link}`];
    if (anchor === undefined || statSync(target).isDirectory()) return [];
    const page = pages.get(target);
    return page === undefined || anchorsOf(page).has(anchor) ? [] : [`there is no heading ${link}`];
  });
}

describe('links between documents', () => {
  it.each([...pages])('lead somewhere in %s', (path, markdown) => {
    expect(problemsOf(path, markdown)).toEqual([]);
  });

  it('are found with their anchors, but not in code', () => {
    const markdown = '# One two\n\n[a](b.md#c) `[d](e)`\n\n```\n[f](g)\n# no\n```\n\n## One, two\n';
    expect(linksOf(markdown)).toEqual(['b.md#c']);
    expect([...anchorsOf(markdown)]).toEqual(['one-two', 'one-two-1']);
  });
});
