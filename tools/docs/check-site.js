import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/**
 * Reads all pages of a site that was built. A link to a page or an anchor that is not there is a problem, and so is a script,
 * style or image of another host: the site works without a network.
 * @param {string} folder
 * @returns {string[]} a sentence for each problem
 */
export function checkSite(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  const pages = new Map(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const anchors = new Map([...pages].map(([name, text]) => [name, new Set(valuesOf(text, /\sid="([^"]+)"/g))]));
  return [...pages].flatMap(([name, text]) => [...deadLinks(folder, name, text, anchors), ...foreign(name, text)]);
}

const valuesOf = (text, pattern) => [...text.matchAll(pattern)].map(([, value]) => value.replaceAll('&amp;', '&'));

function deadLinks(folder, name, text, anchors) {
  return [...new Set(valuesOf(text, /<a\s[^>]*?href="([^"]+)"/g))].flatMap((link) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const [path = '', anchor = ''] = decodeURI(link).split('#');
    const target = path === '' ? name : pageOf(folder, name, path);
    if (!existsSync(join(folder, target))) return [`${name}: there is no page ${link}`];
    const isThere = anchor === '' || anchors.get(target)?.has(anchor) !== false;
    return isThere ? [] : [`${name}: there is no heading ${link}`];
  });
}

function pageOf(folder, from, path) {
  const file = path.startsWith('/') ? join(folder, path) : resolve(folder, dirname(from), path);
  return relative(folder, path.endsWith('/') ? join(file, 'index.html') : file);
}

function foreign(name, text) {
  const tags = text.match(/<(script|link|img|iframe)\s[^>]*?(src|href)="https?:[^>]*>/g) ?? [];
  return tags.map((tag) => `${name}: something of another host: ${tag}`);
}
