import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';

const root = resolve(import.meta.dirname, '../..');

/** Where the repository can be browsed, such as https://github.com/OWNER/NAME/blob/main; without it, sources are not linked. */
const sourceUrl = process.env['DOCS_SOURCE_URL'];

const isExternal = (link) => /^[a-z][a-z+.-]*:/i.test(link) || link.startsWith('//');

/** A file of the repository as an address of the site; undefined if it is no page of it. */
function pageOf(path) {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'README.md') : path;
  if (!file.endsWith('.md') || !existsSync(file)) return undefined;
  const name = relative(root, file);
  if (name === 'README.md') return '/';
  if (name === 'SECURITY.md' || name.startsWith('src/')) return undefined;
  return `/${name.replace(/^docs\//, '')}`;
}

/** What a link of a file becomes on the site; undefined: nothing to follow. */
function siteLink(link, file) {
  if (isExternal(link) || link.startsWith('#')) return link;
  const [path = '', anchor] = link.split('#');
  const target = resolve(dirname(file), path);
  const page = pageOf(target);
  if (page !== undefined) return anchor === undefined ? page : `${page}#${anchor}`;
  return sourceUrl === undefined ? undefined : `${sourceUrl}/${relative(root, target)}`;
}

/**
 * A plugin of markdown-it. Links are written so that they work on GitHub, between files. Here they lead to the site's pages.
 * Links to sources lead to DOCS_SOURCE_URL; where it is not set, they are only text.
 */
export function siteLinks(md) {
  md.core.ruler.push('site-links', ({ tokens, env }) => {
    const file = env.realPath ?? env.path;
    for (const { children } of tokens) {
      let isText = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const link = siteLink(decodeURI(token.attrGet('href') ?? ''), file);
          if (link === undefined) {
            token.tag = 'span';
            token.attrs = [['title', 'in the repository']];
            isText = true;
          } else token.attrSet('href', link);
        } else if (token.type === 'link_close' && isText) {
          token.tag = 'span';
          isText = false;
        }
      }
    }
  });
}
