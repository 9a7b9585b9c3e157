/** How deep and how large a document is, found out without recursion. */

/** Deeper content is refused: it could not be written out again without risk to the stack. */
export const maxDepth = 500;

/** Whether any value lies deeper than so many levels. Walks without recursion, since that is what it guards. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let layer: unknown[] = [value];
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth > levels) return true;
    const next: unknown[] = [];
    for (const one of layer) {
      if (typeof one !== 'object' || one === null) continue;
      for (const child of Object.values(one)) if (typeof child === 'object' && child !== null) next.push(child);
    }
    layer = next;
  }
  return false;
}

/** Whether the document consists of more than so many values; stops counting there. */
export function isLargerThan(value: unknown, values: number): boolean {
  const pending: unknown[] = [value];
  let seen = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const children: unknown[] = Object.values(next);
    seen += children.length;
    if (seen > values) return true;
    for (const child of children) pending.push(child);
  }
  return false;
}
