/** Times on the command line, as Go's flags take them. Source: Go, time.ParseDuration */
import { InvalidArgumentError } from 'commander';
import { durationMs } from '../meta/go-duration.ts';

/** The text as it is, so that it is shown as it was given. @throws InvalidArgumentError */
export function duration(text: string): string {
  if ((durationMs(text) ?? 0) <= 0) throw new InvalidArgumentError('a time is for example 15s, 500ms or 1m30s');
  return text;
}
