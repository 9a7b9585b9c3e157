import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findingText } from '../../../src/plugin/app/finding.ts';
import { init } from '../../../src/plugin/app/init.ts';
import { lint } from '../../../src/plugin/app/lint.ts';

let directory: string;
let app: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-app-'));
  app = join(directory, 'demo');
});
afterEach(() => rmSync(directory, { recursive: true }));

const change = (file: string, from: string | RegExp, to: string): void => {
  const before = readFileSync(join(app, file), 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(join(app, file), after);
};
const findings = (): string[] => lint(app).findings.map((finding) => findingText(finding).replace(`${app}/`, ''));

describe('kubectl kd app init', () => {
  it('makes an app and a cluster in which lint finds nothing, also with several roles', () => {
    init(app, ['front', 'back']);
    expect(findings()).toEqual([]);
    expect(lint(app).clusters.map(({ spec }) => spec.roles.map(({ id }) => id))).toEqual([['front', 'back']]);
    expect(statSync(join(app, 'package/startscript')).mode & 0o111).toBe(0o111);
  });

  it('leaves a folder alone that has files in it', () => {
    init(app);
    expect(() => init(app)).toThrow(`there are files in ${app}: name a folder that is empty, or not there yet`);
  });

  it('refuses a folder whose name is no name of an app', () => {
    expect(() => init(join(directory, 'My_App'))).toThrow('the app gets the name of its folder, and My_App is none');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('kubectl kd app lint', () => {
  beforeEach(() => {
    init(app);
  });

  it('says with the line what the server would refuse of an app', () => {
    change('app.yaml', 'cardinality: 1+', 'cardinality: many');
    change('app.yaml', 'serviceIDs: [page]', 'serviceIDs: [pages]');
    change('app.yaml', 'upgradable: true', 'upgradeable: true');
    expect(findings()).toEqual([
      expect.stringMatching(/^app\.yaml:25: error: spec\.roles\[0\]\.cardinality: Invalid value: "many"/),
      expect.stringMatching(/^app\.yaml:30: error: spec\.config\.roleServices\[0\]\.serviceIDs\[0\]: .*"pages"/),
      expect.stringMatching(/^app\.yaml:26: error: .*port: Unsupported value: "page"/),
      'app.yaml:13: warning: spec.upgradeable: no such field: the server keeps it, but nothing reads it',
    ]);
  });

  it('says what the server would refuse of a cluster', () => {
    change('cluster.yaml', 'id: member', 'id: nobody\n      membrs: 1');
    expect(findings()).toContain('cluster.yaml:11: error: spec.roles[0].membrs: unknown field');
    expect(findings()).toContainEqual(expect.stringMatching(/^cluster\.yaml:10: error: spec\.roles\[0\]\.id: /));
  });

  it('says where a file is no YAML', () => {
    change('app.yaml', 'kind: KubeDirectorApp', 'kind: [KubeDirectorApp');
    expect(findings()[0]).toMatch(/^app\.yaml:\d+: error: /);
  });

  it('says that no KubeDirectorApp is in the file', () => {
    change('app.yaml', 'kind: KubeDirectorApp', 'kind: KubeDirectorCluster');
    expect(findings()).toEqual(['app.yaml:2: error: kind: there is no KubeDirectorApp in it']);
  });

  it('warns of services that no role runs, and of roles without probes', () => {
    change('app.yaml', /serviceIDs: \[page\]/, 'serviceIDs: []');
    change('app.yaml', /^ {6}readinessProbe.*\n/m, '');
    expect(findings()).toEqual(['app.yaml:20: warning: spec.services[0]: no selected role runs service page']);
    change('app.yaml', /serviceIDs: \[\]/, 'serviceIDs: [page]');
    expect(findings()).toEqual([
      expect.stringMatching(/^app\.yaml:24: hint: spec\.roles\[0\]: role member has services/),
    ]);
  });

  it('finds what goes wrong with startscripts: line ends, mode, place and events that they do not know', () => {
    const script = join(app, 'package/startscript');
    chmodSync(script, 0o644);
    change('package/startscript', '--addnodes | --delnodes) write_page ;;', '--addnodes) write_page ;;');
    change('package/startscript', '# --addnodes|--delnodes --nodegroup', '# --nodegroup');
    change('package/startscript', /\n/, '\r\n');
    expect(findings()).toEqual([
      'package/startscript:1: error: the line ends with CR LF, which Linux takes as part of the command: use LF',
      'package/startscript: warning: it is not executable: run `chmod +x` on it',
      expect.stringMatching(/^package\/startscript: warning: --delnodes is not mentioned/),
    ]);
    renameSync(join(app, 'package'), join(directory, 'inner'));
    init(join(directory, 'other'));
    rmSync(join(directory, 'other/package/startscript'));
    renameSync(join(directory, 'other/package'), join(app, 'package'));
    renameSync(join(directory, 'inner'), join(app, 'package/inner'));
    expect(findings()).toEqual([expect.stringMatching(/^package: error: startscript is in inner\/: it belongs/)]);
  });
});
