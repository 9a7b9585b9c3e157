/** Measures how deep and how large a document is, without recursion. */

/** The deepest nesting that is accepted: serializing deeper content could overflow the stack. */
export const maxDepth = 500;

/** Whether any value lies deeper than `levels`. Uses no recursion, because deep content would overflow the stack here too. */
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

/** Whether the document has more than `values` values in all; stops counting at that number. */
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
