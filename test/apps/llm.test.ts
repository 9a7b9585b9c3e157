import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../e2e/support/cluster.ts';
import { apiUser, type ApiUser } from './support/completions.ts';
import { startExample, type Example, type Member } from './support/example.ts';

let llm: Example;
/** May read the tokens, so that the proxy shows them. */
let edna: ApiUser;
/** May connect, and nothing else. */
let cora: ApiUser;
const members = (): Promise<readonly Member[]> => llm.members('server');
const capital = 'The capital of France is';

describe('the LLM example', () => {
  beforeAll(async () => {
    llm = await startExample('llm');
    await llm.ready({ server: 2 });
    edna = await apiUser(llm, 'edna', 'kubedirector-view', 'kubedirector-edit');
    cora = await apiUser(llm, 'cora', 'kubedirector-connect');
  });
  afterAll(async () => {
    for (const user of [edna, cora]) user.close();
    await llm.remove();
  });

  it('answers at every member with the model that came with the setup package', async () => {
    for (const member of await members()) {
      expect(await llm.inside(member, 'ls /opt/guestconfig/*/model.gguf')).toContain('model.gguf');
      expect(await edna.models(member)).toEqual(['smollm2-135m-instruct']);
      expect(await edna.complete(member, capital, 4)).toMatch(/^ Paris/);
    }
  });

  it('streams an answer through the proxy while it is written', async () => {
    const member = await llm.member('server');
    const streamed = await edna.stream(member, 'Once upon a time', 40);
    expect(streamed.contentType).toMatch(/^text\/event-stream/);
    expect(streamed.last).toBe('[DONE]');
    expect(streamed.texts.length).toBeGreaterThan(30);
    expect(streamed.texts.join('')).toBe(await edna.complete(member, 'Once upon a time', 40));
    // Parts that wait for the end arrive together.
    expect(streamed.arrivedWithinMs).toBeGreaterThan(streamed.writtenWithinMs / 2);
  });

  it("lets in with a member's own token at this member, and with a key of a connected Secret at all", async () => {
    const [first, second] = await members();
    if (first === undefined || second === undefined) throw new Error('there are not two members');
    const statuses = async (key?: string): Promise<readonly number[]> => [
      await cora.status(first, '/v1/models', key),
      await cora.status(second, '/v1/models', key),
    ];
    expect(await statuses()).toEqual([401, 401]);
    expect(await statuses(first.authToken)).toEqual([200, 401]);
    const labels = { 'kubedirector.hpe.com/secretType': 'apiKeys' };
    await llm.cluster.apply(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', labels }, stringData: { team: 'open-sesame' } },
      llm.inNamespace,
    );
    await llm.patch({ connections: { secrets: ['keys'] } });
    await eventually(
      'the key to be taken at both members',
      async () => (await statuses('open-sesame')).join() === '200,200',
      120_000,
    );
    await llm.ready({ server: 2 });
    expect(await statuses(second.authToken)).toEqual([401, 200]);
  });

  it('answers at a member that joins', async () => {
    await llm.scale('server', 3);
    await llm.ready({ server: 3 });
    expect(await edna.complete(await llm.member('server', 2), capital, 4)).toMatch(/^ Paris/);
    await llm.scale('server', 2);
    await llm.ready({ server: 2 });
  });

  it('comes to another package member by member, and one answers all the time', async () => {
    const { spec } = parse(readFileSync('manifests/examples/llm/app.yaml', 'utf8')) as {
      spec: { defaultConfigPackage: object; config: { configMeta: object } };
    };
    const packageURL = 'oci://docker.io/kubedirector/examples-llm-package:1.1';
    const next = {
      ...spec,
      defaultConfigPackage: { ...spec.defaultConfigPackage, packageURL },
      config: { ...spec.config, configMeta: { ...spec.config.configMeta, model: 'next' } },
    };
    const metadata = { name: 'llm-next', namespace: llm.namespace };
    await llm.cluster.apply({
      apiVersion: 'kubedirector.hpe.com/v1beta1',
      kind: 'KubeDirectorApp',
      metadata,
      spec: next,
    });
    await llm.patch({ app: 'llm-next' });
    const seen = new Set<string>();
    await eventually(
      'all members to have the other package',
      async () => {
        const answers = await Promise.allSettled((await members()).map((member) => edna.models(member)));
        const found = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.join() : 'away'));
        seen.add(found.join());
        return found.join() === 'next,next';
      },
      300_000,
    );
    expect([...seen]).not.toContain('away,away');
    await llm.ready({ server: 2 });
  });
});
