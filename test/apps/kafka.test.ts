import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/support/cluster.ts';
import { startExample, type Example, type Member } from './support/example.ts';

let kafka: Example;
const run = (member: Member, tool: string, input = ''): Promise<string> => {
  const [name = '', ...words] = tool.split(' ');
  return kafka.inside(member, `${name} --bootstrap-server "$HOSTNAME:9092" ${words.join(' ')} <<< '${input}'`);
};
/** Acknowledged by two copies at least. @throws Error if it is not */
const produce = (member: Member, ...messages: readonly string[]): Promise<string> =>
  run(member, 'kafka-console-producer --topic orders --sync', messages.join('\n'));
/** All messages of the topic, once as many as these have come. */
const consumed = async (member: Member, count: number): Promise<readonly string[]> => {
  const consumer = `kafka-console-consumer --topic orders --from-beginning --max-messages ${count} --timeout-ms 60000`;
  return (await run(member, consumer)).trim().split('\n').toSorted();
};
/** The brokers of each partition's copies, and of those that are as new as the others. */
const partitions = async (): Promise<readonly { readonly replicas: string; readonly isr: string }[]> => {
  const text = await run(await kafka.member('server'), 'kafka-topics --describe --topic orders');
  const sorted = (list = ''): string => list.split(',').toSorted().join();
  return [...text.matchAll(/Replicas: ([\d,]+)\s+Isr: ([\d,]+)/g)].map(([, replicas, isr]) => {
    return { replicas: sorted(replicas), isr: sorted(isr) };
  });
};
const version = async (member: Member): Promise<string> =>
  (await kafka.inside(member, 'ls /opt/kafka/lib')).match(/kafka-server-(\d+\.\d+\.\d+)\.jar/)?.[1] ?? '';

/** The app with the image of an earlier version of Kafka. */
const before = {
  name: 'kafka-before',
  spec: { version: '0.9', defaultImageRepoTag: 'kubedirector/examples-kafka:0.9' },
};

describe('the Kafka example', () => {
  beforeAll(async () => {
    kafka = await startExample('kafka', before);
    await kafka.ready({ server: 3 });
  });
  afterAll(() => kafka.remove());

  it('reads at one member what was written at another, with a copy at each', async () => {
    const [first, second, third] = await kafka.members('server');
    if (first === undefined || second === undefined || third === undefined) throw new Error('there are not three');
    await run(first, 'kafka-topics --create --topic orders --partitions 3');
    await produce(second, 'tea', 'milk');
    expect(await consumed(third, 2)).toEqual(['milk', 'tea']);
    expect(await partitions()).toEqual(Array(3).fill({ replicas: '1,2,3', isr: '1,2,3' }));
  });

  it('takes messages while a pod is away, which has them when it is back', async () => {
    const [first, second] = [await kafka.member('server'), await kafka.member('server', 1)];
    const replaced = kafka.replacePod(second);
    await produce(first, 'honey');
    await replaced;
    await kafka.ready({ server: 3 });
    await eventually('all copies to be equal', async () => (await partitions()).every(({ isr }) => isr === '1,2,3'));
    expect(await consumed(second, 3)).toEqual(['honey', 'milk', 'tea']);
  });

  it('is upgraded member by member, and loses no message that was acknowledged meanwhile', async () => {
    const old = await kafka.containers('server');
    const first = await kafka.member('server');
    expect(await version(first)).toBe('4.0.1');
    await kafka.patch({ app: 'kafka' });
    const written = ['honey', 'milk', 'tea'];
    const isUpgraded = async (): Promise<boolean> => {
      const now = await kafka.containers('server');
      const message = `during ${written.length}`;
      // Whichever is away cannot be asked to write. What it did not acknowledge need not be there.
      const member = await kafka.member('server', written.length % 3);
      await produce(member, message).then(
        () => written.push(message),
        () => undefined,
      );
      return now.length === 3 && now.every((container) => !old.includes(container));
    };
    await eventually('all members to be upgraded', isUpgraded, 400_000);
    await kafka.ready({ server: 3 });
    for (const member of await kafka.members('server')) expect(await version(member)).toBe('4.1.1');
    expect(written.length).toBeGreaterThan(3);
    const found = await consumed(first, written.length);
    expect(found).toEqual(expect.arrayContaining(written));
  });

  it('grows by a broker, which gives its partitions to the others before it goes', async () => {
    await kafka.scale('broker', 1);
    await kafka.ready({ server: 3, broker: 1 });
    const first = await kafka.member('server');
    const topic = 'kafka-topics --create --topic moving --replica-assignment 1001:1,2:1001';
    await run(first, topic);
    await run(first, 'kafka-console-producer --topic moving --sync', 'one\ntwo');
    await kafka.scale('broker', 0);
    await kafka.ready({ server: 3, broker: 0 });
    const text = await run(first, 'kafka-topics --describe --topic moving');
    expect(text).toMatch(/Replicas: [123],[123]\s[^]*Replicas: [123],[123]\s/);
    expect(text).not.toContain('1001');
    const consumer = 'kafka-console-consumer --topic moving --from-beginning --max-messages 2 --timeout-ms 60000';
    expect((await run(first, consumer)).trim().split('\n').toSorted()).toEqual(['one', 'two']);
  });
});
