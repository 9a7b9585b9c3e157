/**
 * A disk in memory that loses what was not synced when its power fails, in the ways real ones do: a file keeps some
 * of its unsynced sectors and not others, a folder some of its latest changes of names. Any step can be made to fail.
 */
import type { JournalFile, JournalFiles, OpenMode } from '../../src/storage/journal/index.ts';

export type Operation =
  | 'makeFolder'
  | 'list'
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'rename'
  | 'link'
  | 'remove'
  | 'removeFolder'
  | 'syncFolder';

interface Inode {
  content: Buffer;
  durable: Buffer;
  modified: number;
  readonly folder?: true;
}

type Names = Map<string, Inode>;

const sectorBytes = 64;

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

export class SimulatedDisk implements JournalFiles {
  #names: Names = new Map();
  #durableNames: Names = new Map();
  #pending: ((names: Names) => void)[] = [];
  #dead = false;
  /** All steps so far, for example "sync journal.jsonl". */
  readonly steps: string[] = [];
  /** Called before each step; what it throws, the step rejects with. A write then leaves a part of its bytes. */
  intercept: (operation: Operation, path: string) => void = () => undefined;

  /** The machine stops: every further step on this disk fails. What is found at the next start is on the new one. */
  losePower(random: () => number): SimulatedDisk {
    this.#dead = true;
    const after = new SimulatedDisk();
    const names: Names = new Map(this.#durableNames);
    for (const change of this.#pending.slice(0, Math.floor(random() * (this.#pending.length + 1)))) change(names);
    for (const [path, inode] of names) {
      const content = survivors(inode, random);
      after.#names.set(path, { ...inode, content, durable: content });
    }
    after.#durableNames = new Map(after.#names);
    return after;
  }

  /** The process is killed: the kernel keeps everything that was written. */
  killProcess(): SimulatedDisk {
    this.#dead = true;
    const after = new SimulatedDisk();
    for (const [path, inode] of this.#names) after.#names.set(path, { ...inode, durable: inode.content });
    after.#durableNames = new Map(after.#names);
    return after;
  }

  stop(): void {
    this.#dead = true;
  }

  #step(operation: Operation, path: string): void {
    if (this.#dead) throw systemError('EIO');
    this.steps.push(`${operation} ${path.slice(path.lastIndexOf('/') + 1)}`);
    this.intercept(operation, path);
  }

  #rename(change: (names: Names) => void): void {
    change(this.#names);
    this.#pending.push(change);
  }

  async makeFolder(path: string): Promise<void> {
    await Promise.resolve();
    this.#step('makeFolder', path);
    if (this.#names.has(path)) return;
    const empty = Buffer.alloc(0);
    this.#rename((names) => names.set(path, { content: empty, durable: empty, modified: 0, folder: true }));
    await this.syncFolder(path);
  }

  async list(path: string): Promise<string[]> {
    await Promise.resolve();
    this.#step('list', path);
    if (!this.#names.has(path)) throw systemError('ENOENT');
    return this.#namesIn(path).filter((name) => !name.includes('/'));
  }

  #namesIn(path: string): string[] {
    const inside = [...this.#names.keys()].filter((name) => name.startsWith(`${path}/`));
    return inside.map((name) => name.slice(path.length + 1));
  }

  async open(path: string, mode: OpenMode): Promise<JournalFile> {
    await Promise.resolve();
    this.#step('open', path);
    const known = this.#names.get(path);
    if (mode === 'exclusive' && known) throw systemError('EEXIST');
    if ((mode === 'read' || mode === 'update') && !known) throw systemError('ENOENT');
    const inode = known ?? { content: Buffer.alloc(0), durable: Buffer.alloc(0), modified: 0 };
    if (!known) this.#rename((names) => names.set(path, inode));
    if (mode === 'replace') inode.content = Buffer.alloc(0);
    return this.#file(inode, path);
  }

  async rename(from: string, to: string): Promise<void> {
    await Promise.resolve();
    this.#step('rename', to);
    if (!this.#names.has(from)) throw systemError('ENOENT');
    if (this.#namesIn(to).length > 0) throw systemError('ENOTEMPTY');
    this.#rename((names) => {
      for (const [path, inode] of [...names]) {
        if (path !== from && !path.startsWith(`${from}/`)) continue;
        names.delete(path);
        names.set(to + path.slice(from.length), inode);
      }
    });
  }

  async link(existing: string, path: string): Promise<void> {
    await Promise.resolve();
    this.#step('link', path);
    const inode = this.#names.get(existing);
    if (inode === undefined) throw systemError('ENOENT');
    if (this.#names.has(path)) throw systemError('EEXIST');
    this.#rename((names) => names.set(path, inode));
  }

  async removeFolder(path: string): Promise<void> {
    await Promise.resolve();
    this.#step('removeFolder', path);
    if (this.#namesIn(path).length > 0) throw systemError('ENOTEMPTY');
    this.#rename((names) => names.delete(path));
  }

  async remove(path: string): Promise<void> {
    await Promise.resolve();
    this.#step('remove', path);
    if (!this.#names.has(path)) throw systemError('ENOENT');
    this.#rename((names) => names.delete(path));
  }

  async syncFolder(path: string): Promise<void> {
    await Promise.resolve();
    this.#step('syncFolder', path);
    this.#durableNames = new Map(this.#names);
    this.#pending = [];
  }

  #file(inode: Inode, path: string): JournalFile {
    const step = async (operation: Operation): Promise<void> => {
      await Promise.resolve();
      this.#step(operation, path);
    };
    const put = (bytes: Buffer, position: number): void => {
      const grown = Buffer.alloc(Math.max(inode.content.length, position + bytes.length));
      inode.content.copy(grown);
      bytes.copy(grown, position);
      inode.content = grown;
    };
    return {
      async write(bytes, position) {
        try {
          await step('write');
        } catch (error) {
          put(bytes.subarray(0, bytes.length >> 1), position);
          throw error;
        }
        put(bytes, position);
        inode.modified++;
      },
      async read(target, position) {
        await step('read');
        return inode.content.subarray(position).copy(target);
      },
      size: () => Promise.resolve(inode.content.length),
      async truncate(length) {
        await step('truncate');
        inode.content = Buffer.from(inode.content.subarray(0, length));
      },
      async sync() {
        await step('sync');
        inode.durable = inode.content;
      },
      modified: () => Promise.resolve(inode.modified),
      close: () => Promise.resolve(),
    };
  }

  /** The names that are there, with their content as text. */
  contents(): Map<string, string> {
    const inodes = [...this.#names].filter(([, { folder }]) => folder !== true);
    return new Map(inodes.map(([path, { content }]) => [path, content.toString()]));
  }
}

/** What is left of a file: of each sector either what was synced or what was written since, and either length. */
function survivors({ content, durable }: Inode, random: () => number): Buffer {
  if (random() < 0.2) return durable;
  if (random() < 0.2) return content;
  const left = Buffer.alloc(random() < 0.5 ? content.length : durable.length);
  for (let start = 0; start < left.length; start += sectorBytes) {
    const source = random() < 0.5 ? content : durable;
    source.subarray(start, start + sectorBytes).copy(left, start);
  }
  return left;
}
