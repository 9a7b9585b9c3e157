/** What is wrong with an app's files, or could be better. */

/** The server refuses an error; a warning goes wrong in most clusters; a hint is worth a thought. */
export type Severity = 'error' | 'warning' | 'hint';

/** One thing about one place of one file. */
export interface Finding {
  readonly severity: Severity;
  /** As it was given on the command line, with the path inside the folder. */
  readonly file: string;
  /** Counts from 1; absent where the whole file is meant. */
  readonly line?: number | undefined;
  readonly message: string;
}

/** `app.yaml:12: error: spec.roles[0].cardinality: …`, as compilers and editors have it. */
export function findingText({ severity, file, line, message }: Finding): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${severity}: ${message}`;
}
