/** Late commands of leaders that lead no more, in a container where a later one has worked. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { guestSteps, type GuestStep } from '../../../src/controller/guest/steps.ts';
import { parseConfigureStatus } from '../../../src/guest/files.ts';
import { supersededExit, supersededText } from '../../../src/guest/term.ts';
import { at, begin, container, eachInItsRoot, root, run, startscript, until, write } from './guest-scripts.ts';

eachInItsRoot();

const [earlier, later] = ['9@data', '10@data'];
const superseded = { code: supersededExit, stdout: '', stderr: `${supersededText}\n` };
const refresh = (text: string): GuestStep => guestSteps.writeConfigmeta('old', text);
const configmeta = (): string => readFileSync(at('etc/guestconfig/configmeta.json'), 'utf8');
const setup = (containerID = container): GuestStep =>
  guestSteps.setup({
    ...{ containerID, tailBytes: 8, data: '3:hash', layout: 'old', document: '{"from":"setup"}', systemd: false },
    ...{ configureLimit: 60, packageURL: 'file:///none', injections: [] },
    ...{ version: '', upgrade: undefined, upgradeLimit: 60 },
  });
const notify = (id: string): GuestStep => guestSteps.notify(container, id, 60, ['--addnodes']);
const runs = (): string[] => (existsSync(at('runs')) ? readFileSync(at('runs'), 'utf8').trim().split('\n') : []);
/** A step waits for its input. */
const waiting = (): Promise<void> => sleep(300);

describe('A command of an earlier leader', () => {
  test('writes no configmeta.json', async () => {
    await run(refresh('{"from":"later"}'), {}, later);
    expect(await run(refresh('{"from":"earlier"}'), {}, earlier)).toEqual(superseded);
    expect(configmeta()).toBe('{"from":"later"}');
  });

  test('writes no configmeta.json where its input arrives after the later one has written', async () => {
    const late = begin(refresh('{"from":"earlier"}'), {}, earlier);
    await waiting();
    await run(refresh('{"from":"later"}'), {}, later);
    expect(await late.finish()).toEqual(superseded);
    expect(configmeta()).toBe('{"from":"later"}');
    expect(readdirSync(at('opt/guestconfig'))).toEqual(['.setup.term']);
  });

  test('begins no set-up', async () => {
    startscript(`echo "$*" >> "${root}/runs"`);
    await run(refresh('{}'), {}, later);
    expect(await run(setup(), {}, earlier)).toEqual(superseded);
    expect(runs()).toEqual([]);
  });

  test('begins no set-up where its script arrives late', async () => {
    startscript(`echo "$*" >> "${root}/runs"`);
    const late = begin(setup('containerd://before'), {}, earlier);
    await waiting();
    await run(refresh('{}'), {}, later);
    expect(await late.finish()).toEqual(superseded);
    expect(runs()).toEqual([]);
  });

  test('begins no set-up for a container of before where its input arrives late', async () => {
    startscript(`echo "$*" >> "${root}/runs"`);
    const late = begin(setup('containerd://before'), {}, earlier);
    late.giveMost();
    await expect.poll(() => existsSync(at('opt/guestconfig/.setup.term'))).toBe(true);
    await run(setup(), {}, later);
    const status = guestSteps.setupStatus(container, 8);
    await until(status, (lines) => parseConfigureStatus(lines.get('configure') ?? '')?.exitCode === 0);
    expect((await late.finish()).stdout).toContain('alive=no\nstage=\n');
    expect(runs()).toEqual(['--configure']);
    expect(readFileSync(at('opt/guestconfig/configure.status'), 'utf8')).toBe(`${container}=0\n`);
  });

  test('sends no notification', async () => {
    startscript(`echo "$*" >> "${root}/runs"`);
    await until(notify('one'), (lines) => lines.get('notify') === '0', later);
    expect(await run(notify('two'), {}, earlier)).toEqual(superseded);
    expect(runs()).toEqual(['--addnodes']);
  });

  test('tells how a set-up is', async () => {
    await run(refresh('{}'), {}, later);
    expect(await run(guestSteps.setupStatus(container, 8), {}, earlier)).toMatchObject({ code: 0 });
  });
});

describe('A command of a leader', () => {
  test('is carried out where an earlier one was here, or the same, and the number is compared as a number', async () => {
    for (const term of [earlier, later, later]) {
      expect(await run(refresh(JSON.stringify({ term })), {}, term)).toMatchObject({ code: 0 });
      expect(configmeta()).toContain(term);
    }
  });

  test('is carried out where terms of other data are known, or none', async () => {
    await run(refresh('{}'), {}, later);
    expect(await run(refresh('{"from":"others"}'), {}, '3@restored')).toMatchObject({ code: 0 });
    expect(configmeta()).toBe('{"from":"others"}');
    write('opt/guestconfig/.setup.term', 'damaged');
    expect(await run(refresh('{}'), {}, earlier)).toMatchObject({ code: 0 });
  });

  test('joins the set-up that an earlier one has begun, which goes on', async () => {
    startscript(`echo "$*" >> "${root}/runs"; until [ -e "${root}/go" ]; do sleep 0.05; done`);
    await run(setup(), {}, earlier);
    const status = guestSteps.setupStatus(container, 8);
    await until(status, (lines) => lines.get('stage') === 'configure', earlier);
    expect((await run(setup(), {}, later)).stdout).toContain('alive=yes\nstage=configure\n');
    write('go', '');
    await until(status, (lines) => parseConfigureStatus(lines.get('configure') ?? '')?.exitCode === 0);
    expect(runs()).toEqual(['--configure']);
  });

  test('writes configmeta.json after another one that is about to, and not between', async () => {
    const both = Array.from({ length: 12 }, (_, index) => run(refresh(JSON.stringify({ index })), {}, later));
    for (const { code } of await Promise.all(both)) expect(code).toBe(0);
    expect(configmeta()).toMatch(/^\{"index":\d+\}$/);
    expect(readdirSync(at('opt/guestconfig'))).toEqual(['.setup.term']);
  });
});
