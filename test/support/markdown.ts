/** What tests read in Markdown files. */

/** The anchors of a page: of headings as GitHub makes them, repeated ones numbered. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, heading = ''] of withoutCode(markdown).matchAll(/^#{1,6} +(.+)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; found.has(anchor); count++) anchor = `${slug}-${count}`;
    found.add(anchor);
  }
  return found;
}

/** Where the links of a page lead, those in blocks of code left out. */
export function linksOf(markdown: string): readonly string[] {
  const text = withoutCode(markdown).replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g)].map(([, link = '']) => link);
}

const withoutCode = (markdown: string): string => markdown.replaceAll(/^( *)```.*?^\1```$/gms, '');

/** A command of a page, and the lines that it prints according to the page. */
export interface ShownCommand {
  readonly line: number;
  readonly command: string;
  readonly output: readonly string[];
}

/** The commands of all blocks ```console that do not follow a comment `<!-- not run: REASON -->`. */
export function shownCommands(markdown: string): readonly ShownCommand[] {
  const found: { line: number; command: string; output: string[] }[] = [];
  let isBlock = false;
  let isLeftOut = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('<!-- not run:')) isLeftOut = true;
    else if (line === '```console') isBlock = true;
    else if (line === '```' && isBlock) isBlock = isLeftOut = false;
    else if (isBlock && !isLeftOut) addLine(found, line, index + 1);
  }
  return found;
}

function addLine(found: { line: number; command: string; output: string[] }[], text: string, line: number): void {
  const last = found.at(-1);
  if (text.startsWith('$ ')) found.push({ line, command: text.slice(2), output: [] });
  else if (last !== undefined && last.output.length === 0 && last.command.endsWith('\\')) last.command += `\n${text}`;
  else if (text.trim() !== '') last?.output.push(text);
}
