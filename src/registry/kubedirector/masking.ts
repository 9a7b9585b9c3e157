/** Taking secrets out of text that members print. */
import { keysBeforeUpdate } from '../../apis/kubedirector/keys-before-update.ts';
import { placeOf } from '../../apis/kubedirector/secret-key-places.ts';
import { keyRingOf, openStoredSecretKey } from '../../apis/kubedirector/secret-keys.ts';
import { settingsOf } from '../../apis/kubedirector/config-settings.ts';
import type { KubeDirectorCluster, KubeDirectorConfig } from '../../apis/kubedirector/types.ts';

/** Shorter ones are found in ordinary words. */
const minLength = 4;
const mask = '******';

/**
 * A function that replaces the cluster's secretKeys and auth tokens in whole lines of text. What a program prints in another form
 * (base64, say) it cannot know.
 */
export function maskingOf(
  cluster: KubeDirectorCluster,
  config: KubeDirectorConfig | undefined,
): (text: string) => string {
  const secrets = [...secretKeysOf(cluster, config), ...tokensOf(cluster)]
    .flatMap((secret) => secret.split(/\r?\n/))
    .filter((line) => line.length >= minLength)
    .toSorted((one, other) => other.length - one.length);
  return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, mask), text);
}

function secretKeysOf(cluster: KubeDirectorCluster, config: KubeDirectorConfig | undefined): string[] {
  const ring = keyRingOf(settingsOf(config));
  return cluster.spec.roles.flatMap(({ id, secretKeys = [] }) =>
    [...secretKeys, ...keysBeforeUpdate(cluster, id)].flatMap(({ name, value, encryptedValue }) => {
      if (encryptedValue === undefined) return value ?? [];
      return openStoredSecretKey(encryptedValue, ring, placeOf(cluster, id, name))?.value ?? [];
    }),
  );
}

function tokensOf({ status }: KubeDirectorCluster): string[] {
  return (status?.roles ?? []).flatMap(({ members }) => members.flatMap(({ authToken }) => authToken ?? []));
}
