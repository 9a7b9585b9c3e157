/** What is wrong with a cluster's roles as a whole, and with one of them at the same time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import { causes, Fixture } from './fixture.ts';
import { minimalApp, minimalCluster } from './objects.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.started();
  const app: KubeDirectorApp = structuredClone(minimalApp);
  app.spec.roles.push({ id: 'work', cardinality: '1+' }, { id: 'head', cardinality: '1' });
  app.spec.config.selectedRoles.push('work', 'head');
  await fixture.app(app);
});
afterEach(() => fixture.stop());

const resources = { limits: { memory: '1Gi', cpu: '1' } };
const found = (roles: object[]): Promise<string[]> =>
  causes(fixture.cluster({ ...minimalCluster, spec: { ...minimalCluster.spec, roles } }));

describe('one answer', () => {
  it('says nothing of the roles as a whole while one of them has a value of the wrong type', async () => {
    const roles = [
      { id: 'only', members: 'one', resources },
      { id: 'work', members: 1001, resources },
    ];
    expect(await found(roles)).toEqual([expect.stringMatching(/^spec\.roles\[0]\.members: Invalid value/)]);
  });

  it('does not miss a role that may be the one whose id is wrong', async () => {
    const roles = [
      { id: 'only', resources },
      { id: 7, resources },
      { id: 'head', resources },
    ];
    expect(await found(roles)).toEqual([expect.stringMatching(/^spec\.roles\[1]\.id: Invalid value/)]);
    expect(await found(roles.slice(0, 2))).toHaveLength(1);
  });
});
