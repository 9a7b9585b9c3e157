/** What commonly goes wrong with setup packages, as far as it can be seen in their files. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeDirectorApp } from '../../apis/kubedirector/types.ts';
import type { Finding } from './finding.ts';

const startscript = 'startscript';

/** Those that are called where a role has no eventList. */
const defaultEvents = ['configure', 'addnodes', 'delnodes'] as const;

/** Files above this size are programs and data, and no scripts. */
const maxScriptBytes = 1_000_000;

/** The findings of one package folder. @param folder whose content becomes the top directory of the package */
export function checkPackage(folder: string, app: KubeDirectorApp): Finding[] {
  const script = join(folder, startscript);
  if (!existsSync(script)) return [missing(folder)];
  return [...scriptFindings(folder), ...startscriptFindings(script, eventsOf(app))];
}

function missing(folder: string): Finding {
  const deeper = readdirSync(folder).find((name) => existsSync(join(folder, name, startscript)));
  const message =
    deeper === undefined
      ? 'there is no startscript in it: KubeDirector runs it to set a member up'
      : `startscript is in ${deeper}/: it belongs directly into package/, which becomes the one top directory of the package`;
  return { severity: 'error', file: folder, message };
}

/** The events that some role with a package expects its startscript to take. */
function eventsOf(app: KubeDirectorApp): ReadonlySet<string> {
  const roles = app.spec.roles.filter(({ configPackage }) => configPackage !== null && configPackage !== undefined);
  return new Set(roles.flatMap(({ eventList }) => eventList ?? defaultEvents));
}

function startscriptFindings(file: string, events: ReadonlySet<string>): Finding[] {
  const text = readFileSync(file, 'utf8');
  const findings: Finding[] = [];
  if (!text.startsWith('#!')) {
    findings.push({
      severity: 'error',
      file,
      line: 1,
      message: 'the first line names no interpreter: begin with #!/bin/bash',
    });
  }
  if (!isExecutable(file)) {
    findings.push({ severity: 'warning', file, message: 'it is not executable: run `chmod +x` on it' });
  }
  for (const event of events) {
    if (text.includes(`--${event}`) || text.includes(`${event})`)) continue;
    const message = `--${event} is not mentioned, but roles expect it to succeed; handle it, or leave it out of eventList`;
    findings.push({ severity: 'warning', file, message });
  }
  return findings;
}

function scriptFindings(folder: string): Finding[] {
  return filesBelow(folder).flatMap((file): Finding[] => {
    if (statSync(file).size > maxScriptBytes) return [];
    const text = readFileSync(file, 'latin1');
    if (!text.startsWith('#!')) return [];
    const at = text.indexOf('\r\n');
    if (at < 0) return [];
    const line = text.slice(0, at).split('\n').length;
    return [
      {
        severity: 'error',
        file,
        line,
        message: 'the line ends with CR LF, which Linux takes as part of the command: use LF',
      },
    ];
  });
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return (statSync(file).mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
