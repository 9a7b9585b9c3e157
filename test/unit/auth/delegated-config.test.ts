import { beforeAll, describe, expect, it } from 'vitest';
import { parseAuthenticationConfig } from '../../../src/auth/authentication-config.ts';
import { createDelegatedConfig, type ConfigData } from '../../../src/auth/index.ts';
import type { NamedReader } from '../../../src/clients/contract.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';
import { createAuthority } from '../../support/certificates.ts';

let pem: string;
let otherPem: string;
let data: Record<string, string>;
beforeAll(async () => {
  pem = (await createAuthority()).cert;
  otherPem = (await createAuthority()).cert;
  data = {
    'client-ca-file': pem,
    'requestheader-client-ca-file': otherPem,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  };
});

describe('the authentication configuration', () => {
  it('is read as kube-apiserver writes it', () => {
    expect(parseAuthenticationConfig(data)).toEqual({
      clientAuthorities: pem,
      requestHeader: {
        authorities: otherPem,
        allowedNames: ['front-proxy-client'],
        usernameHeaders: ['x-remote-user'],
        uidHeaders: ['x-remote-uid'],
        groupHeaders: ['x-remote-group'],
        extraHeaderPrefixes: ['x-remote-extra-'],
      },
    });
  });

  it('trusts no certificates of which it says nothing', () => {
    expect(parseAuthenticationConfig({})).toEqual({});
    expect(parseAuthenticationConfig({ 'client-ca-file': pem })).toEqual({ clientAuthorities: pem });
    expect(parseAuthenticationConfig({ 'client-ca-file': '' })).toEqual({});
  });

  it('knows no header where none is named', () => {
    const { requestHeader } = parseAuthenticationConfig({
      'requestheader-client-ca-file': pem,
      'requestheader-allowed-names': 'null',
    });
    expect(requestHeader).toEqual({
      ...{ authorities: pem, allowedNames: [], usernameHeaders: [], uidHeaders: [], groupHeaders: [] },
      extraHeaderPrefixes: [],
    });
  });

  it.each([
    ['requestheader-allowed-names', 'front-proxy-client'],
    ['requestheader-allowed-names', '"front-proxy-client"'],
    ['requestheader-allowed-names', '[1]'],
    ['requestheader-allowed-names', '{}'],
    ['requestheader-username-headers', '[""]'],
    ['requestheader-extra-headers-prefix', '[" "]'],
    ['client-ca-file', 'nonsense'],
    ['requestheader-client-ca-file', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
  ])('is of no use with %s: %s', (key, value) => {
    expect(() => parseAuthenticationConfig({ ...data, [key]: value })).toThrow(key);
  });
});

type Listener = (object: Stored<ConfigData> | undefined) => void;

class Reader implements NamedReader<ConfigData> {
  tell: Listener = () => undefined;
  watched = 0;
  readonly read: () => Promise<Stored<ConfigData> | undefined>;

  constructor(read: () => Promise<Stored<ConfigData> | undefined>) {
    this.read = read;
  }

  watchOne(_target: unknown, listener: Listener): () => void {
    this.watched++;
    this.tell = listener;
    return () => {
      this.watched--;
    };
  }
}

const object = (content: Record<string, string> | undefined): Stored<ConfigData> => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap' },
  metadata: { name: 'x', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  ...(content === undefined ? {} : { data: content }),
});

describe('the followed configuration', () => {
  const logged: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (_fields, message) => logged.push(message),
    child: () => logger,
  };

  it('is loaded once it could be read', async () => {
    const reader = new Reader(() => Promise.resolve(object(data)));
    const config = createDelegatedConfig(reader, logger);
    expect([config.loaded(), config.current()]).toEqual([false, undefined]);
    await config.start(new AbortController().signal);
    expect(config.loaded()).toBe(true);
    expect(config.current()).toEqual(parseAuthenticationConfig(data));
  });

  it('waits for the watch where it cannot be read, or is not there', async () => {
    const forbidden = new Reader(() => Promise.reject(new StatusError(403, 'Forbidden', 'no')));
    const absent = new Reader(() => Promise.resolve(undefined));
    for (const reader of [forbidden, absent]) {
      const config = createDelegatedConfig(reader, logger);
      await config.start(new AbortController().signal);
      expect(config.loaded()).toBe(false);
      reader.tell(object(data));
      expect(config.loaded()).toBe(true);
    }
  });

  it('does not let an older read undo what the watch told', async () => {
    let answer: (object: Stored<ConfigData>) => void = () => undefined;
    const reader = new Reader(() => new Promise((resolve) => (answer = resolve)));
    const config = createDelegatedConfig(reader, logger);
    const started = config.start(new AbortController().signal);
    reader.tell(object(data));
    answer(object({ 'client-ca-file': otherPem }));
    await started;
    expect(config.current()?.clientAuthorities).toBe(pem);
  });

  it('tells of changes, and of nothing else', async () => {
    const reader = new Reader(() => Promise.resolve(object(data)));
    const config = createDelegatedConfig(reader, logger);
    const told: (string | undefined)[] = [];
    const stop = config.onChange(({ clientAuthorities }) => told.push(clientAuthorities));
    await config.start(new AbortController().signal);
    reader.tell(object({ ...data }));
    reader.tell(object({ ...data, 'some-other-key': 'x' }));
    expect(told).toEqual([pem]);
    reader.tell(object({ ...data, 'client-ca-file': otherPem }));
    expect(told).toEqual([pem, otherPem]);
    stop();
    reader.tell(object(data));
    expect(told).toHaveLength(2);
  });

  it('stays the last good one when the next is of no use or gone', async () => {
    const reader = new Reader(() => Promise.resolve(object(data)));
    const config = createDelegatedConfig(reader, logger);
    await config.start(new AbortController().signal);
    const good = config.current();
    logged.length = 0;
    reader.tell(object({ ...data, 'requestheader-allowed-names': 'nonsense', 'client-ca-file': otherPem }));
    expect(config.current()).toBe(good);
    expect(logged).toHaveLength(1);
    reader.tell(undefined);
    expect([config.current(), config.loaded()]).toEqual([good, true]);
  });

  it('is not loaded by one that is of no use', async () => {
    const reader = new Reader(() => Promise.resolve(object({ 'client-ca-file': 'nonsense' })));
    const config = createDelegatedConfig(reader, logger);
    await config.start(new AbortController().signal);
    expect(config.loaded()).toBe(false);
  });

  it('is followed until it is stopped', async () => {
    const reader = new Reader(() => Promise.resolve(object(undefined)));
    const abort = new AbortController();
    const config = createDelegatedConfig(reader, logger);
    await config.start(abort.signal);
    expect([reader.watched, config.current()]).toEqual([1, {}]);
    abort.abort();
    expect(reader.watched).toBe(0);
  });
});
