/** The audit record of one request: collects its data and writes an event at each stage. */
import type { KubeObject } from '../../meta/object.ts';
import type { Status } from '../../meta/status.ts';
import type { AuditRecord, Event, EventHead, EventSource, Level, ObjectReference, Stage } from './contract.ts';
import { levels } from './contract.ts';
import { microTime } from './event-head.ts';
import type { RecordedBodies } from './recorded-bodies.ts';

interface RecordOptions {
  readonly head: EventHead;
  readonly bodies: RecordedBodies;
  /** Milliseconds since 1970. */
  readonly received: number;
  /** Milliseconds since then. */
  readonly elapsed: () => number;
  readonly longRunning: boolean;
  /** The record ends when the answer begins. */
  readonly endsWithStart?: boolean;
  readonly omitStages: ReadonlySet<Stage>;
  /** Never throws. */
  readonly write: (event: EventSource) => void;
  /** Called with the error that prevented recording a body. Never throws. */
  readonly failed: (error: unknown) => void;
}

type Outcome = Pick<Event, 'responseStatus' | 'requestObject' | 'responseObject'>;

/** kube-apiserver's status for a client that left before the answer. */
const closedEarly = { metadata: {}, status: 'Success', message: 'Connection closed early', code: 200 } as const;

/** A record; writes RequestReceived unless endsWithStart is set. */
export function createRecord(options: RecordOptions): AuditRecord {
  return new RequestRecord(options);
}

class RequestRecord implements AuditRecord {
  readonly #options: RecordOptions;
  readonly #level: Level;
  #objectRef: ObjectReference | undefined;
  #annotations: Record<string, string> | undefined;
  /** Annotations of webhooks; secrets are removed before they are written. */
  readonly #remarks = new Map<string, string>();
  #status: Status | undefined;
  #code: number | undefined;
  #isPanic = false;
  /** A body could not be recorded, so its secrets are unknown and only bare events are written. */
  #isBare = false;
  #isOver = false;

  constructor(options: RecordOptions) {
    this.#options = options;
    this.#level = options.head.level;
    this.#objectRef = options.head.objectRef;
    if (options.endsWithStart !== true) this.#write('RequestReceived', 0);
  }

  annotate(key: string, value: string): void {
    this.#annotations = { ...this.#annotations, [key]: value };
  }

  remark(key: string, value: string): void {
    if (!this.#remarks.has(key)) this.#remarks.set(key, value);
  }

  patched(
    key: string,
    about: { readonly configuration: string; readonly webhook: string },
    patch: readonly object[],
  ): void {
    if (!this.#keeps('Request')) return;
    this.#attempt(() => {
      const scrubbed = this.#options.bodies.scrubOperations(patch);
      this.remark(key, JSON.stringify({ ...about, patch: scrubbed, patchType: 'JSONPatch' }));
    });
  }

  shown(...objects: readonly (KubeObject | undefined)[]): void {
    this.#attempt(() => this.#options.bodies.shown(objects.filter((object) => object !== undefined)));
  }

  requestObject(object: KubeObject): void {
    this.#attempt(() => {
      const { name, namespace, uid, resourceVersion } = object.metadata;
      const known = { name, namespace, uid, resourceVersion };
      const given = Object.entries(known).filter(([, value]) => value !== undefined && value !== '');
      if (this.#objectRef !== undefined) this.#objectRef = { ...Object.fromEntries(given), ...this.#objectRef };
      this.#options.bodies.requestObject(object, this.#keeps('Request'));
    });
  }

  requestBody(body: Buffer, contentType: string | undefined): void {
    if (body.length === 0) return;
    this.#attempt(() => this.#options.bodies.requestBody(body, contentType, this.#keeps('Request')));
  }

  responseStatus(status: Status): void {
    this.#status = status;
  }

  responseBody(body: Buffer | readonly Buffer[], contentType: string): void {
    if (!this.#keeps('RequestResponse')) return;
    this.#attempt(() => this.#options.bodies.responseBody(body, contentType));
  }

  started(code: number): void {
    if (this.#code !== undefined) return;
    this.#code = code;
    const { longRunning, endsWithStart = false } = this.#options;
    if (longRunning || endsWithStart) this.#write('ResponseStarted', this.#options.elapsed());
    if (endsWithStart) this.#isOver = true;
  }

  panicked(status: Status): void {
    this.#isPanic = true;
    this.#status = status;
    this.#code = status.code;
  }

  complete(code: number | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const began = this.#code !== undefined;
    this.#code ??= code;
    const elapsed = this.#options.elapsed();
    if (!began && (this.#options.longRunning || this.#options.endsWithStart === true)) {
      this.#write('ResponseStarted', elapsed);
    }
    if (this.#options.endsWithStart !== true) this.#write(this.#isPanic ? 'Panic' : 'ResponseComplete', elapsed);
  }

  /** Whether objects are recorded at this level. */
  #keeps(level: Level): boolean {
    return this.#objectRef !== undefined && levels.indexOf(this.#level) >= levels.indexOf(level);
  }

  #attempt(record: () => void): void {
    try {
      record();
    } catch (error) {
      this.#isBare = true;
      this.#options.failed(error);
    }
  }

  #write(stage: Stage, elapsed: number): void {
    const { head, omitStages, write } = this.#options;
    if (omitStages.has(stage)) return;
    const isReceived = stage === 'RequestReceived';
    const bare = (): Event => ({
      ...this.#event(stage, elapsed, isReceived ? {} : this.#bareOutcome()),
      ...this.#ownAnnotations(),
      level: 'Metadata',
    });
    const full = (): Event => ({
      ...this.#event(stage, elapsed, isReceived ? {} : this.#outcome()),
      ...this.#allAnnotations(),
    });
    write({ auditID: head.auditID, bare, full: this.#isBare ? bare : full });
  }

  #event(stage: Stage, elapsed: number, outcome: Outcome): Event {
    const { head, received } = this.#options;
    const { objectRef, ...rest } = head;
    return {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      ...rest,
      stage,
      ...(objectRef === undefined ? {} : { objectRef: this.#objectRef ?? objectRef }),
      ...outcome,
      requestReceivedTimestamp: microTime(received),
      stageTimestamp: microTime(received + elapsed),
    };
  }

  #allAnnotations(): Pick<Event, 'annotations'> {
    if (this.#remarks.size === 0) return this.#ownAnnotations();
    const { bodies } = this.#options;
    const remarks = [...this.#remarks].map(([key, value]): [string, string] => [key, bodies.scrubText(value)]);
    return { annotations: { ...Object.fromEntries(remarks), ...this.#annotations } };
  }

  #ownAnnotations(): Pick<Event, 'annotations'> {
    return this.#annotations === undefined ? {} : { annotations: this.#annotations };
  }

  /** Without messages and webhooks' annotations, which may quote what was sent. */
  #bareOutcome(): Outcome {
    const code = this.#code ?? this.#status?.code;
    if (code === undefined) return { responseStatus: closedEarly };
    const { status, reason } = this.#status ?? {};
    const known = { ...(status === undefined ? {} : { status }), ...(reason === undefined ? {} : { reason }) };
    return { responseStatus: { metadata: {}, ...known, code } };
  }

  #outcome(): Outcome {
    const { bodies } = this.#options;
    if (this.#status === undefined) {
      const responseStatus = this.#code === undefined ? closedEarly : { metadata: {}, code: this.#code };
      return { responseStatus, ...bodies.kept() };
    }
    const status = bodies.scrubStatus(this.#status);
    const { kind, apiVersion, ...responseStatus } = status;
    const code = this.#code ?? status.code;
    const response = this.#keeps('RequestResponse') ? { responseObject: { kind, apiVersion, ...responseStatus } } : {};
    return {
      responseStatus: { ...responseStatus, ...(code === undefined ? {} : { code }) },
      ...bodies.kept(),
      ...response,
    };
  }
}
