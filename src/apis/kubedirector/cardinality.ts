/** How many members an app allows a role: "3" exactly three, "3+" three or more. */
export interface Cardinality {
  readonly count: number;
  /** True for "N+". */
  readonly open: boolean;
}

/** Undefined if the text is not a cardinality. */
export function parseCardinality(text: string): Cardinality | undefined {
  const match = /^(\d{1,9})(\+?)$/.exec(text);
  return match ? { count: Number(match[1]), open: match[2] === '+' } : undefined;
}

/** Whether a role may have this number of members. */
export function allowsMembers({ count, open }: Cardinality, members: number): boolean {
  return open ? members >= count : members === count;
}

/** "exactly 3 members", "at least 1 member". */
export function describeCardinality({ count, open }: Cardinality): string {
  return `${open ? 'at least' : 'exactly'} ${count} ${count === 1 ? 'member' : 'members'}`;
}
