import { link, open, readdir, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { makeFolder } from '../../runtime/make-folder.ts';
import type { JournalFile, JournalFiles, OpenMode } from './files.ts';

const flags: Readonly<Record<OpenMode, string>> = { read: 'r', update: 'r+', replace: 'w', exclusive: 'wx' };

/** The real file system. */
export function nodeFiles(): JournalFiles {
  return {
    makeFolder: makeDurableFolder,
    list: (path) => readdir(path),
    open: async (path, mode) => onHandle(await open(path, flags[mode], 0o600)),
    rename,
    link,
    remove: unlink,
    removeFolder: rmdir,
    syncFolder,
  };
}

async function makeDurableFolder(path: string): Promise<void> {
  const target = resolve(path);
  const first = await makeFolder(target, 0o700);
  if (first === undefined) return;
  // A new folder is durable once the folder that names it is.
  for (let made = target; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function onHandle(handle: FileHandle): JournalFile {
  return {
    async write(bytes, position) {
      // A disk that becomes full accepts a part first and rejects the rest.
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    },
    async read(target, position) {
      let done = 0;
      while (done < target.length) {
        const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    },
    size: async () => (await handle.stat()).size,
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    modified: async () => (await handle.stat()).mtimeMs,
    close: () => handle.close(),
  };
}
