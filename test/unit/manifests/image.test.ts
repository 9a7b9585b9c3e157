import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readText } from './manifest-files.ts';

const linesOf = (path: string): string[] => readText(path).split('\n');
/** The paths that COPY lines take from the build context. */
const copied = linesOf('Dockerfile')
  .filter((line) => /^COPY (?!--from=)/.test(line))
  .flatMap((line) => line.split(' ').slice(1, -1))
  .map((path) => path.replace(/^\.\//, ''));

describe('The image', () => {
  it('is built from files that exist', () => {
    expect(copied).toContain('package.json');
    for (const path of copied) expect(existsSync(path), path).toBe(true);
  });

  it('has what the program reads from its own folder, on the node of end-to-end tests, too', () => {
    for (const name of ['kubedirector.js', 'guest-tools.tgz', 'chunks', 'page']) {
      expect(readText('Dockerfile')).toContain(`COPY --from=build /src/dist/${name} ./dist/`);
      expect(readText('test/e2e/node-image.sh')).toMatch(new RegExp(`^cp -r .*dist/${name} `, 'm'));
    }
  });

  it('has the plugin of kubectl and its completion, beside what they load', () => {
    const both = '/src/dist/kubectl-kd.js /src/dist/kubectl_complete-kd.js';
    expect(readText('Dockerfile')).toContain(`COPY --from=build ${both} ./dist/`);
  });

  it('has the command kubedirector, for kubectl exec', () => {
    for (const path of ['Dockerfile', 'test/e2e/node-image.sh']) {
      expect(readText(path)).toMatch(
        /printf '#!\/usr\/\S+ ?\w*\\nimport\("\/opt\/kubedirector\/dist\/kubedirector\.js"\);\\n' > \S+\/usr\/local\/bin\/kubedirector/,
      );
    }
  });

  it('has exactly these files in its build context', () => {
    const [everything, ...rest] = linesOf('.dockerignore').filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    const back = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(back.sort()).toEqual([...new Set(copied)].sort());
  });

  it('has no files in its build context that git ignores', () => {
    const ignored = linesOf('.dockerignore');
    for (const pattern of linesOf('.gitignore').filter((line) => line !== '')) {
      expect(ignored).toContain(`**/${pattern.replace(/\/$/, '')}`);
    }
  });

  it('is built without a `syntax` line, which would pull one more image', () => {
    expect(readText('Dockerfile')).not.toMatch(/^#\s*syntax=/m);
  });
});
