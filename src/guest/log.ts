/**
 * Reading what the startscript has printed in a member, bit by bit: the step kd-log. It reads only, so that any replica may run it,
 * in any term.
 */
import { packageFolder } from '../apis/kubedirector/guest-paths.ts';
import { formatCommand, type StepName } from './steps.ts';

/** The files with the output of the set-up and of the last notification, in the order in which they are shown. */
export const logFiles = ['configure.stdout', 'configure.stderr', 'notify.stdout', 'notify.stderr'] as const;

/** One of `logFiles`. */
export type LogFile = (typeof logFiles)[number];

/** Where the next read of each file begins, in bytes; absent: at 0. */
type LogOffsets = Readonly<Partial<Record<LogFile, number>>>;

/** A part of one file. */
export interface LogPart {
  readonly file: LogFile;
  /** The first byte of the part. After the offset that was asked for, if more was there than may be read at once. */
  readonly from: number;
  readonly bytes: Buffer;
}

const step: StepName = 'kd-log';

/** $1 the bytes to read of a file at most, then the offset of each file. A file shorter than its offset was begun anew. */
const script = String.raw`
guest=$root${packageFolder}
limit=$1
shift
for file in ${logFiles.join(' ')}; do
  from=$1
  shift
  size=$(stat -c %s -- "$guest/$file" 2> /dev/null) || size=0
  [ "$from" -le "$size" ] || from=0
  [ $((size - from)) -le "$limit" ] || from=$((size - limit))
  [ "$size" -gt "$from" ] || { echo "$file=$from "; continue; }
  echo "$file=$from $(tail -c +$((from + 1)) -- "$guest/$file" | head -c $((size - from)) | base64 -w 0)"
done
`;

/**
 * The command of an exec that reads on.
 * @param limit bytes of one file that are read at once; of more, the last
 * @param root stands in front of every path; only tests give one
 */
export function formatLogCommand(offsets: LogOffsets, limit: number, root = ''): readonly string[] {
  const args = [String(limit), ...logFiles.map((file) => String(offsets[file] ?? 0))];
  return formatCommand(`root='${root}'\nshift${script}`, step, { term: '', args });
}

/** The arguments of the step, as `formatLogCommand` gives them. */
export function parseLogArguments([limit = '', ...offsets]: readonly string[]): {
  readonly offsets: LogOffsets;
  readonly limit: number;
} {
  return {
    offsets: Object.fromEntries(logFiles.map((file, index) => [file, Number(offsets[index] ?? 0)])),
    limit: Number(limit),
  };
}

/** How much the step prints at most. */
export const logAnswerBytes = (limit: number): number => logFiles.length * (Math.ceil(limit / 3) * 4 + 64);

/** What the step prints for these contents. */
export function formatLogAnswer(
  contents: Readonly<Record<LogFile, string>>,
  { offsets, limit }: { readonly offsets: LogOffsets; readonly limit: number },
): string {
  return logFiles
    .map((file) => {
      const bytes = Buffer.from(contents[file]);
      const asked = offsets[file] ?? 0;
      const from = Math.max(asked <= bytes.length ? asked : 0, bytes.length - limit);
      return `${file}=${from} ${bytes.subarray(from).toString('base64')}\n`;
    })
    .join('');
}

/** Reads what the step has printed. Lines of no known form are passed over: a container may print anything. */
export function parseLogAnswer(text: string): LogPart[] {
  return text.split('\n').flatMap((line) => {
    const [, name, from, data = ''] = /^([a-z.]+)=(\d{1,15}) ([\w+/=]*)$/.exec(line) ?? [];
    const file = logFiles.find((one) => one === name);
    if (file === undefined) return [];
    return [{ file, from: Number(from), bytes: Buffer.from(data, 'base64') }];
  });
}
