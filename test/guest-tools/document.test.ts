import { createServer, type Server } from 'node:net';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGuest, runProgram, type Guest } from './support/guest.ts';

let guest: Guest;
beforeAll(async () => {
  guest = createGuest();
  await guest.install();
});
afterAll(() => guest.remove());
beforeEach(() => rmSync(guest.path('etc/guestconfig'), { recursive: true, force: true }));

describe('reading configmeta.json', () => {
  it('says in one line that the document is missing, and still prints its own version', async () => {
    expect(await guest.run(['--get', 'node.id'])).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: `bd_vcli: ${guest.path('etc/guestconfig/configmeta.json')}: no such file\n`,
    });
    expect(await guest.run(['--version'])).toEqual({ code: 0, stdout: '1.0\n', stderr: '' });
    expect(await guest.run(['--baseimg_version'])).toEqual({ code: 0, stdout: '\n', stderr: '' });
  });

  it.each([
    ['nothing', ''],
    ['half of it', '{"node": {"id": "1", "fq'],
    ['half of it, between members', '{"node": {"id": "1"},'],
    ['a list', '["node"]'],
    ['a string', '"node"'],
    ['two documents', '{"node": {"id": "1"}} {}'],
    ['a missing comma', '{"node": {"id": "1" "x": "2"}}'],
    ['a comma too many', '{"node": {"id": "1",}}'],
    ['a comma too many in a list', '{"node": {"id": ["1",]}}'],
    ['a missing value', '{"node": {"id": }}'],
    ['a key that is no string', '{"node": {1: "1"}}'],
    ['the wrong bracket', '{"node": {"id": "1"]}'],
    ['a word that is none of JSON', '{"node": {"id": nil}}'],
    ['a number that is none of JSON', '{"node": {"id": 01}}'],
    ['a NUL', '{"node": {"id": "1"}}\0'],
  ])('does not take %s for JSON', async (_what, text) => {
    guest.write(text);
    const result = await guest.run(['--get', 'node.id']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^bd_vcli: .+configmeta\.json: not JSON\n$/);
  });

  it('reads again if the document is half written', async () => {
    guest.write('{"node": {"id"');
    const asked = guest.run(['--get', 'node.id']);
    await pause(100);
    guest.write({ node: { id: '5' } });
    expect(await asked).toEqual({ code: 0, stdout: '5\n', stderr: '' });
  });

  it('finds the document where configcli.conf says', async () => {
    guest.write({ node: { id: 'default' } });
    mkdirSync(guest.path('opt/elsewhere'), { recursive: true });
    writeFileSync(guest.path('opt/elsewhere/meta.json'), '{"node":{"id":"elsewhere"}}');
    writeFileSync(
      guest.path('etc/guestconfig/configcli.conf'),
      '# a comment\n[other]\nconfigmeta = /x\n[configcli]\nlogdir=/var/log\nconfigmeta = /opt/elsewhere/meta.json\n',
    );
    expect((await guest.run(['--get', 'node.id'])).stdout).toBe('elsewhere\n');
  });

  it('writes nothing', async () => {
    guest.write({ node: { id: '5' } });
    const list = () => runProgram('find', [guest.root]);
    const before = await list();
    await guest.run(['--get', 'node.id']);
    expect(await list()).toEqual(before);
  });

  const texts = [
    ...['', '"', '\\', '\\\\', '\\"', '"\\', '\\n', '\n', 'a\n\n', '\t\r\b\f/', '\u007f', '\u0001\u0002', '\\u0041'],
    ...[
      'é',
      '€',
      '😀',
      '\u2028',
      "it's",
      '$(x) `x` ${x}',
      '*',
      '%s %d \\x41',
      ' a  b ',
      '{"a":["b\\"c",{}]}',
      '},{',
      '&',
    ],
  ];

  it('decodes every string, and finds every name', async () => {
    const names = Object.fromEntries(texts.map((text, index) => [`k${text}`, `${text}${index}`]));
    const values = Object.fromEntries(texts.map((text, index) => [`t${index}`, text]));
    for (const indent of [undefined, 2]) {
      const plain = JSON.stringify({ cluster: { ...values, list: texts }, node: names }, null, indent);
      const escaped = plain.replace(
        /[^\x20-\x7e\n]|[<>&]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      for (const text of [plain, escaped]) {
        guest.write(text);
        for (const [index, value] of texts.entries()) {
          expect((await guest.run(['--get', `cluster.t${index}`])).stdout).toBe(`${value}\n`);
        }
        expect((await guest.run(['--get', 'cluster.list'])).stdout).toBe(`${texts.join(',')}\n`);
        expect((await guest.run(['--get', 'node'])).stdout).toBe(`${Object.keys(names).join(',')}\n`);
        expect((await guest.run(['--get', 'node.k\\"'])).stdout).toBe(`${names['k\\"'] ?? ''}\n`);
        expect(JSON.parse((await guest.run(['--json', 'cluster'])).stdout)).toEqual({ ...values, list: texts });
      }
    }
  });

  it('uses the last of several members with the same name, and numbers as they are written', async () => {
    guest.write('{"node":{"id":"1","x":2,"id":"3"},"cluster":{"a":-0,"b":-12,"c":123456789012345678901234567890}}');
    expect((await guest.run(['--get', 'node.id'])).stdout).toBe('3\n');
    expect((await guest.run(['--get', 'node'])).stdout).toBe('id,x\n');
    expect((await guest.run(['--get', 'cluster.a'])).stdout).toBe('0\n');
    expect((await guest.run(['--get', 'cluster.b'])).stdout).toBe('-12\n');
    expect((await guest.run(['--get', 'cluster.c'])).stdout).toBe('123456789012345678901234567890\n');
  });

  it('prints what there is of a tenant', async () => {
    guest.write({ tenant: { name: 'acme', quota: 5, tags: ['a', 'b'] } });
    expect((await guest.run(['--tenant_info'])).stdout).toBe('name=acme,quota=5,tags=a,b\n');
    expect((await guest.run(['--tenant_info_lookup', 'name'])).stdout).toBe('acme\n');
  });
});

describe('a large document', () => {
  const path = ['nodegroups', '1', 'roles', 'worker'];
  const membersOf = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, index) => `kdss-worker-abcde-${index}.kdhs-fghij.some-namespace.svc.cluster.local`,
    );

  function documentWith(members: readonly string[]): unknown {
    const services = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [
        `s${index}`,
        {
          fqdns: { bdvlibrefkey: [...path, 'fqdns'] },
          endpoints: members.map((member) => `http://${member}:${8000 + index}`),
        },
      ]),
    );
    return {
      services: { s19: { '1': { worker: { bdvlibrefkey: [...path, 'services', 's19'] } } } },
      nodegroups: { '1': { roles: { worker: { services, fqdns: members } } } },
    };
  }

  /** The least processor time of several runs, in seconds. */
  async function answered(members: readonly string[]): Promise<number> {
    guest.write(documentWith(members));
    let best = Infinity;
    for (let round = 0; round < 5; round++) {
      const timed = ['--norc', '-c', 'TIMEFORMAT="%U %S"; time "$0" "$@"', guest.path('usr/bin/bd_vcli')];
      const { stdout, stderr } = await runProgram('/bin/bash', [...timed, '--get', 'services.s19.1.worker.fqdns'], {
        env: { PATH: guest.barePath, KD_GUEST_ROOT: guest.root },
      });
      expect(stdout).toBe(`${members.join(',')}\n`);
      expect(stderr).toMatch(/^[\d.]+ [\d.]+\n$/);
      const [user = NaN, system = NaN] = stderr.split(' ').map(Number);
      best = Math.min(best, user + system);
    }
    return best;
  }

  // 200 kB and 800 kB: what is quadratic takes sixteen times as long.
  it('is searched in time that grows with its length', { timeout: 120_000 }, async () => {
    const small = await answered(membersOf(100));
    expect(await answered(membersOf(400))).toBeLessThan(9 * Math.max(small, 0.05));
  });
});

describe('--wait', () => {
  const listen = async (port = 0): Promise<Server> => {
    const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const portOf = (server: Server): number => (server.address() as { port: number }).port;
  const write = (...ports: readonly number[]): void =>
    guest.write({
      services: {
        db: { '1': { back: { bdvlibrefkey: ['nodegroups', '1'] } } },
        none: { '1': { back: { endpoints: null } } },
      },
      nodegroups: { '1': { endpoints: ports.map((port) => `tcp://127.0.0.1:${port}/path`) } },
    });

  it('returns once every endpoint below the key accepts connections', async () => {
    const [one, other] = [await listen(), await listen()];
    const port = portOf(other);
    write(portOf(one), port);
    other.close();
    await once(other, 'close');
    const waiting = guest.run(['--wait', 'services.db', '--timeout', '30']);
    expect(await Promise.race([waiting, pause(1_500, 'waits')])).toBe('waits');
    const again = await listen(port);
    expect(await waiting).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await guest.run(['-w', 'services.db.1.back.endpoints'])).toEqual({ code: 0, stdout: '', stderr: '' });
    for (const server of [one, again]) server.close();
  });

  it('gives up when the time is over', async () => {
    const server = await listen();
    const port = portOf(server);
    server.close();
    await once(server, 'close');
    write(port);
    for (const timeout of ['01', '+1', '-1']) {
      expect(await guest.run(['-t', timeout, '-w', 'services.db'])).toEqual({
        ...{ code: 1, stdout: '' },
        stderr: `bd_vcli: services.db: 127.0.0.1:${port} accepts no connection\n`,
      });
    }
  });

  it('returns at once where there is no endpoint', async () => {
    write();
    expect(await guest.run(['-w', 'services.none'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await guest.run(['-w', 'services.nope'])).toMatchObject({ code: 1, stdout: '' });
  });
});
