/** The output of one member's startscript, read on from where the last read ended. */
import { StringDecoder } from 'node:string_decoder';
import { containerIdentity } from '../../apis/kubernetes/container-identity.ts';
import type { Pod } from '../../apis/kubernetes/types.ts';
import type { Stored } from '../../meta/object.ts';
import type { PodExec } from '../../clients/contract.ts';
import {
  formatLogCommand,
  logAnswerBytes,
  logFiles,
  parseLogAnswer,
  type LogFile,
  type LogPart,
} from '../../guest/log.ts';

/** Bytes of one file that are read at once. */
const readBytes = 65_536;
/** A line that is longer is shown in parts. */
const longestLine = 16_384;
const timeoutMs = 15_000;
/** Where all members of KubeDirector run their app. */
const appContainer = 'app';

/** How far one file was read. */
interface Place {
  offset: number;
  decoder: StringDecoder;
  /** The beginning of a line that has not ended yet. */
  rest: string;
}

/** Reads the output of one member; one read at a time. */
export class MemberLog {
  readonly #places = new Map<LogFile, Place>();
  #containerID = '';

  /**
   * What is new since the last read, as lines without their ends.
   * @param exec runs the command
   * @param whole also what has no end of line yet
   * @returns undefined if no container of the member runs
   * @throws the errors of PodExec
   */
  async read(
    exec: PodExec,
    pod: Stored<Pod>,
    { signal, whole }: { readonly signal: AbortSignal; readonly whole: boolean },
  ): Promise<string[] | undefined> {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === appContainer);
    if (status?.state?.running === undefined) return undefined;
    const containerID = containerIdentity(pod, status);
    if (containerID !== this.#containerID) this.#places.clear();
    this.#containerID = containerID;
    const { namespace = '', name } = pod.metadata;
    const offsets = Object.fromEntries([...this.#places].map(([file, { offset }]) => [file, offset]));
    const { exitCode, stdout, stderr } = await exec.exec(
      { namespace, name, container: appContainer, containerID },
      formatLogCommand(offsets, readBytes),
      { timeoutMs, signal, maxOutputBytes: logAnswerBytes(readBytes) },
    );
    if (exitCode !== 0) throw new Error(stderr.trim() || `exit status ${exitCode}`);
    const parts = new Map(parseLogAnswer(stdout).map((part) => [part.file, part]));
    return logFiles.flatMap((file) => this.#linesOf(file, parts.get(file), whole));
  }

  #linesOf(file: LogFile, part: LogPart | undefined, whole: boolean): string[] {
    const place = this.#places.get(file) ?? { offset: 0, decoder: new StringDecoder('utf8'), rest: '' };
    this.#places.set(file, place);
    if (part === undefined) return [];
    const left = part.from - place.offset;
    if (left !== 0) {
      Object.assign(place, { decoder: new StringDecoder('utf8'), rest: '' });
    }
    place.offset = part.from + part.bytes.length;
    const lines = `${place.rest}${place.decoder.write(part.bytes)}`.split('\n');
    const last = lines.pop() ?? '';
    const isShown = last !== '' && (whole || last.length >= longestLine);
    place.rest = isShown ? '' : last;
    const shown = isShown ? [...lines, last] : lines;
    if (left <= 0) return shown;
    // What it begins with is the end of a line that was left out.
    return [`(${left} bytes of ${file} before this are left out)`, ...shown.slice(1)];
  }
}
