/** A disk that can fail or be full: a file system on a loop device whose blocks are in memory. */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/**
 * EXT4_IOC_SHUTDOWN with a sync before. Without one (flag 2), ext4 in Linux 6.18 loses writes whose fdatasync has just
 * succeeded, also of programs that do nothing else. Source: Linux, fs/ext4/ioctl.c
 */
const shutdown = '$flag = pack("L", 0); open(F, "<", $ARGV[0]) && ioctl(F, 0x8004587D, $flag) or die $!';

export class FailingDisk {
  readonly #root = mkdtempSync(join(tmpdir(), 'kd-disk-'));
  readonly #undo: (() => unknown)[] = [() => rmSync(this.#root, { recursive: true, force: true })];
  readonly #device: string = '';
  /** A folder on it. */
  readonly folder = join(this.#root, 'disk');
  readonly #ballast = join(this.folder, 'ballast');

  /** @throws Error if it cannot be made here */
  constructor(megabytes: number) {
    const [volume, image] = [join(this.#root, 'volume'), join(this.#root, 'volume/image')];
    try {
      for (const path of [volume, this.folder]) mkdirSync(path);
      run('mount', '-t', 'tmpfs', '-o', `size=${megabytes + 1}m,mode=0700`, 'kd-disk', volume);
      this.#undo.push(() => run('umount', '--lazy', volume));
      const file = openSync(image, 'w');
      ftruncateSync(file, megabytes << 20);
      closeSync(file);
      run('mkfs.ext4', '-q', image);
      this.#device = run('losetup', '--find', '--show', image).trim();
      this.#undo.push(() => run('losetup', '--detach', this.#device));
      run('mount', this.#device, this.folder);
      this.#undo.push(() => run('umount', '--lazy', this.folder));
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Everything fails with EIO from now on. */
  fail(): void {
    run('perl', '-e', shutdown, this.folder);
  }

  /** After `fail`; nothing may use it any more. */
  mend(): void {
    run('umount', this.folder);
    run('mount', this.#device, this.folder);
  }

  /** Leaves no room. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (let size = 1 << 20; size >= 4096;) {
        try {
          writeSync(file, Buffer.alloc(size));
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
          size /= 2;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  /** After `fill`. */
  clear(): void {
    rmSync(this.#ballast);
  }

  /** Nothing may use it any more. */
  remove(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}
