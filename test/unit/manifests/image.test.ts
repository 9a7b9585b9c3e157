import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readText } from './manifest-files.ts';

const linesOf = (path: string): string[] => readText(path).split('\n');
/** Of every COPY that takes from the build context, what it takes. */
const copied = linesOf('Dockerfile')
  .filter((line) => /^COPY (?!--from=)/.test(line))
  .flatMap((line) => line.split(' ').slice(1, -1))
  .map((path) => path.replace(/^\.\//, ''));

describe('The image', () => {
  it('is made of files that are there', () => {
    expect(copied).toContain('package.json');
    for (const path of copied) expect(existsSync(path), path).toBe(true);
  });

  it('has a build context of these files and no others', () => {
    const [everything, ...rest] = linesOf('.dockerignore').filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    const back = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(back.sort()).toEqual([...new Set(copied)].sort());
  });

  it('has none of what git ignores in its build context', () => {
    const ignored = linesOf('.dockerignore');
    for (const pattern of linesOf('.gitignore').filter((line) => line !== '')) {
      expect(ignored).toContain(`**/${pattern.replace(/\/$/, '')}`);
    }
  });

  it('is built by the engine itself: a frontend named by `syntax` would be one more image to pull', () => {
    expect(readText('Dockerfile')).not.toMatch(/^#\s*syntax=/m);
  });
});
