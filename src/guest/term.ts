/**
 * Which leader asks for a step. A term is one word, `<number>@<lineage>`: the number grows with every leader, and the lineage is the
 * same as long as the data of the server are. Terms of other data are not compared: they may have begun anew at 1.
 */

/** The word of a term. */
export function formatTerm({ number, lineage }: { readonly number: number; readonly lineage: string }): string {
  return `${number}@${lineage}`;
}

/** Exit status of a step that came too late. Source of the number: sysexits.h EX_TEMPFAIL */
export const supersededExit = 75;

/** What such a step says. */
export const supersededText = 'a later leader has worked in this container: this command comes too late';

/** Whether a step of the term comes too late. @param known the last term that has worked in the container; '' for none */
export function isSuperseded(term: string, known: string): boolean {
  const [[number = '', lineage], [last = '', lastLineage]] = [term.split('@'), known.split('@')];
  return lineage === lastLineage && Number(number) < Number(last);
}
