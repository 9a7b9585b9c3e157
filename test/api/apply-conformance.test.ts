import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupSchemas, kindSchema } from '../../src/apis/kubedirector/schemas.ts';
import { mastersAuthorizer } from '../../src/auth/index.ts';
import type { KubeObject } from '../../src/meta/object.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { createApiServer, served, type ApiServer } from '../../src/apiserver/server.ts';
import { createStoreHub } from '../../src/apiserver/watchcache/index.ts';
import type { ResourceDefinition } from '../../src/apiserver/resource.ts';
import { playgroundDefinitions } from '../../src/playground/definitions/index.ts';
import { playApply, type ApplyAnswer } from '../conformance/apply/play.ts';
import type { ApplyScenario, ApplyStep } from '../conformance/apply/scenario.ts';
import recorded from '../conformance/recorded/apply.json' with { type: 'json' };
import type { Ask, Answer } from '../conformance/target.ts';
import { testSchema } from '../unit/playground/cluster.ts';
import { MemoryStore } from '../support/memory-store.ts';

interface Recorded {
  readonly name: string;
  readonly steps: readonly (ApplyStep & { readonly answer: ApplyAnswer })[];
}

const schemas = groupSchemas();
let ticks = Date.UTC(2026, 0, 1);

/** A kind with its schema and nothing more, as a CustomResourceDefinition would serve it. */
function plain(kind: string, subresources: ResourceDefinition['subresources']): ResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    ...{ group: 'kubedirector.hpe.com', version: 'v1beta1', kind, listKind: `${kind}List` },
    ...{ plural: `${singular}s`, singular, shortNames: [], categories: [], columns: [], selectableFields: {} },
    namespaced: true,
    verbs: ['get', 'list', 'create', 'update', 'patch', 'delete'],
    schema: kindSchema(kind, schemas),
    strategy: { allowUnconditionalUpdate: false },
    subresources,
  };
}

const once = 'ours says each finding once, kube-apiserver repeats it for custom resources';
const ownWords = 'the words are ours: the parser is another, or what was sent is not repeated';

/** Steps that our server answers with the same status, but in other words, and why. */
const differing: Readonly<Record<string, string>> = {
  'nobody may add one now': once,
  'another uid': once,
  'of too long a manager': once,
  'of a manager that cannot be printed': once,
  'of too long a subresource': once,
  'null as a key': 'null counts as absent in all writes',
  'YAML with an error': ownWords,
  'two documents': ownWords,
  'with a time that is none': ownWords,
  'with a number as manager': ownWords,
  'that are no list': ownWords,
  'to a subresource that is none': 'a path that does not exist is not looked up',
  'to the status of what has none': 'a path that does not exist is not looked up',
  'as another type': 'strategic merge patches are accepted, too',
};

/** Steps that our server answers with another status, and why. */
const otherStatus: Readonly<Record<string, { readonly status: number; readonly why: string }>> = {
  'a resourceVersion that is none': { status: 400, why: 'it is the client who is wrong' },
};

/** kube-apiserver takes what a client sends that is not of its type for an error of its own. */
const isMistyped = ({ status, body }: ApplyAnswer): boolean =>
  status === 500 && (body as { message?: string }).message?.startsWith('failed to create typed patch object') === true;

const ownersIn = (answer: ApplyAnswer | undefined): unknown =>
  (answer?.body as Partial<KubeObject> | undefined)?.metadata?.managedFields;

// The answers of kube-apiserver 1.37 were recorded by test/conformance/record-apply.ts.
describe('keeps track of owners as kube-apiserver does', () => {
  let server: ApiServer;
  const stopper = new AbortController();

  beforeAll(async () => {
    const parts = {
      store: new MemoryStore(),
      clock: { ...systemClock, now: () => new Date((ticks += 1500)) },
      logger: silentLogger,
      metrics: createMetrics(),
    };
    const hub = createStoreHub(parts);
    const natives = playgroundDefinitions({
      lookup: { registry: (group: string, plural: string) => server.registry(group, plural) },
      schema: testSchema,
      now: parts.clock.now,
      random: Math.random,
    });
    server = createApiServer({
      ...parts,
      hub,
      resources: [
        served(plain('KubeDirectorApp', {})),
        served(plain('KubeDirectorCluster', { status: { type: 'status' } })),
        ...natives.map((definition) => served(definition)),
      ],
      authenticators: [{ authenticate: () => ({ name: 'admin', groups: ['system:masters'] }) }],
      authorizer: mastersAuthorizer(),
      openApiSchemas: schemas,
      openApiInfo: { title: 'KubeDirector', version: 'test' },
      random: Math.random,
      uid: randomUUID,
      version: { major: '1', minor: '37', gitVersion: 'v1.37.0' },
    });
    await hub.start(stopper.signal);
  });
  afterAll(() => {
    stopper.abort();
  });

  async function ask(path: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
    const request = supertest(server.app)[method.toLowerCase() as 'get'](path).set(headers);
    const answer = await (body === undefined ? request : request.send(body as string | object));
    return { status: answer.status, headers: answer.headers, text: answer.text, body: answer.body as KubeObject };
  }

  for (const [index, { name, steps }] of (recorded as unknown as readonly Recorded[]).entries()) {
    it(`when asked: ${name}`, async () => {
      const place = { group: 'kubedirector.hpe.com', namespace: `conformance-${index}` };
      const answers = await playApply({ ask }, { name, steps } satisfies ApplyScenario, place);
      const whyOther = ({ step, differs }: ApplyStep): string | undefined =>
        differs ?? differing[step] ?? otherStatus[step]?.why;
      const wanted = steps.map((one) => {
        const { step, answer } = one;
        const { status } = otherStatus[step] ?? answer;
        if (isMistyped(answer)) {
          const { message } = answer.body as { message: string };
          return { step, answer: { status: 422, body: { code: 422, reason: 'Invalid', message } } };
        }
        return { step, answer: whyOther(one) === undefined ? answer : { status } };
      });
      expect(steps.map(({ step }, at) => ({ step, answer: answers[at] }))).toMatchObject(wanted);
      // toMatchObject does not see a field in managedFields that kube-apiserver does not list.
      for (const [at, one] of steps.entries()) {
        if (whyOther(one) === undefined) expect(ownersIn(answers[at]), one.step).toEqual(ownersIn(one.answer));
      }
    });
  }
});
