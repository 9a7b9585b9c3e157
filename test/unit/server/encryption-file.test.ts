import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigurationFile } from '../../../src/server/encryption/configuration-file.ts';
import { secretOf } from '../../support/encryption.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubedirector-encryption-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n';
const key = `{name: one, secret: ${secretOf('one')}}`;
const rule = (resources: string, providers: string): string =>
  `  - resources: ${resources}\n    providers: ${providers}\n`;
const file = (...rules: string[]): string => `${head}resources:\n${rules.join('')}`;

const path = (): string => join(directory, 'file');
const reading = (text: string) => {
  writeFileSync(path(), text);
  return readConfigurationFile(path());
};

describe('an encryption configuration', () => {
  it('is read from YAML or JSON, with another hash for other contents', async () => {
    const text = file(rule("['*.*']", `[{aesgcm: {keys: [${key}]}}, {secretbox: {keys: [${key}]}}, {identity: {}}]`));
    const { configuration, hash } = await reading(text);
    const keys = [{ name: 'one', secret: secretOf('one') }];
    const providers = [{ aesgcm: { keys } }, { secretbox: { keys } }, { identity: {} }];
    expect(configuration.resources).toEqual([{ resources: ['*.*'], providers }]);
    const json = await reading(JSON.stringify(configuration));
    expect(json.configuration).toEqual(configuration);
    expect(json.hash).not.toBe(hash);
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['no YAML', '{', 'yaml: line 1'],
    ['another kind', head.replace('Encryption', 'Decryption'), 'kind: Unsupported value: "DecryptionConfiguration"'],
    ['an older version', head.replace('/v1', '/v1beta1'), 'apiVersion: Unsupported value'],
    ['no resources', `${head}resources: []`, 'resources: Required value: at least one resources is required'],
    ['an unknown field', file(rule('[pods]', '[{identity: {}, x: 1}]')), 'unknown field "resources[0].providers[0].x"'],
    ['a repeated field', `${file(rule('[pods]', '[{identity: {}}]'))}kind: X\n`, 'key "kind" already set in map'],
    ['no names', file(rule('[]', '[{identity: {}}]')), 'resources[0].resources: Required value'],
    ['no providers', file(rule('[pods]', '[]')), 'resources[0].providers: Required value'],
    ['an empty provider', file(rule('[pods]', '[{}]')), 'does not contain any of the expected providers'],
    [
      'two providers in one',
      file(rule('[pods]', `[{identity: {}, aescbc: {keys: [${key}]}}]`)),
      'more than one provider',
    ],
    ['no keys', file(rule('[pods]', '[{aesgcm: {keys: []}}]')), 'keys: Required value: at least one keys is required'],
    [
      'a key without name',
      file(rule('[pods]', '[{aesgcm: {keys: [{name: "", secret: QQ==}]}}]')),
      'name: Required value',
    ],
    ['no base64', file(rule('[pods]', '[{aesgcm: {keys: [{name: a, secret: "se!cret"}]}}]')), 'must be base64 encoded'],
    [
      'a short key',
      file(rule('[pods]', '[{secretbox: {keys: [{name: a, secret: c2VjcmV0}]}}]')),
      'Invalid value: "REDACTED": secret is not of the expected length, got 6, expected one of [32]',
    ],
    ['a name in capitals', file(rule('[Pods]', '[{identity: {}}]')), 'should not contain capital letters'],
    ['a star', file(rule("['*']", '[{identity: {}}]')), "use '*.' to encrypt all the resources from core API group"],
    ['a resource of all groups', file(rule("['pods.*']", '[{identity: {}}]')), 'across groups is not supported'],
    ['a resource twice', file(rule('[pods, pods]', '[{identity: {}}]')), 'the same resource cannot be specified'],
    ['overlapping names', file(rule("[pods, '*.']", '[{identity: {}}]')), 'using overlapping resources'],
    [
      'a masked rule',
      file(rule("['*.apps']", '[{identity: {}}]'), rule('[deployments.apps]', '[{identity: {}}]')),
      'resources[1].resources[0]: Invalid value: "deployments.apps": it is masked by the earlier rule *.apps',
    ],
  ])('is refused in one line with %s', async (_, text, reason) => {
    const error = await reading(text).then(
      () => new Error('it was read'),
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toMatchObject({ name: 'ConfigurationError' });
    expect(error.message).toContain('--encryption-provider-config: ');
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('\n');
    expect(error.message).not.toMatch(/se!cret|c2VjcmV0/);
  });

  it('is refused if there is no such file', async () => {
    await expect(readConfigurationFile(join(directory, 'absent'))).rejects.toThrow(
      '--encryption-provider-config: ENOENT: no such file',
    );
  });
});
