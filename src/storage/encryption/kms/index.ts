/** KMS v2: keys that a plugin keeps, on this machine, behind a socket. */
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { Transformer } from '../transformer.ts';
import { EnvelopeTransformer } from './envelope.ts';
import { defaultPace, KmsPlugin, type KmsPace } from './plugin.ts';
import { KmsService } from './service.ts';

export type { KmsPace } from './plugin.ts';

interface KmsOptions {
  readonly name: string;
  readonly endpoint: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pace: KmsPace | undefined;
}

/** A plugin that is asked again and again. */
export interface OpenedKms {
  readonly transformer: Transformer;
  /** See KmsPlugin. */
  readonly plugin: Pick<KmsPlugin, 'problem' | 'writing' | 'check'>;
  close(): Promise<void>;
}

/** Asks the plugin once; it need not answer yet. */
export async function openKms({ name, endpoint, timeoutMs, clock, logger, pace }: KmsOptions): Promise<OpenedKms> {
  const service = new KmsService({ name, endpoint, timeoutMs });
  const plugin = new KmsPlugin({ name, service, clock, logger, pace: pace ?? defaultPace });
  const over = new AbortController();
  await plugin.check();
  const running = plugin.run(over.signal);
  return {
    transformer: new EnvelopeTransformer(name, service, plugin),
    plugin,
    async close() {
      over.abort();
      // What waits for an answer fails at once.
      service.close();
      await running;
    },
  };
}
