/** Messages that come again and again, with other numbers in them. */

/** Whether two messages differ in numbers and hashes only: retries count, and name what they try anew each time. */
export const areSameWords = (one: string, other: string): boolean => wordsOf(one) === wordsOf(other);

const wordsOf = (text: string): string => text.replace(/\b[0-9a-f]{4,}\b|\d+/g, '#');

/** What was said before, where the news differ from it in numbers only. */
export const steady = (before: string | undefined, now: string): string =>
  before !== undefined && areSameWords(before, now) ? before : now;
