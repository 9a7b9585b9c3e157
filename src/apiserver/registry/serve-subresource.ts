/** Serves the subresources other than status: objects of another kind, texts, actions. */
import type { Writable } from 'node:stream';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Exchange, Response } from '../exchange.ts';
import { isOver } from '../http/response-state.ts';
import { beginAnswer } from '../http/send.ts';
import { isApplyPatch, patchMediaType } from '../patch/index.ts';
import { negotiated, sendValue } from './answer.ts';
import type { ActionSubresource, ObjectSubresource, TextSubresource } from '../resource.ts';
import { checkName } from './decode-object.ts';
import { readApply } from './serve-apply.ts';
import { readPatch } from './serve-patch.ts';
import { readObject } from './serve-write.ts';
import { parseWriteOptions } from './write-options.ts';

const whole = { table: true, partial: true };

/** GET of a subresource with a kind of its own. */
export async function serveObjectGet(
  exchange: Exchange,
  subresource: ObjectSubresource,
  target: NamespacedName,
  clock: Clock,
): Promise<void> {
  const form = negotiated(exchange, whole);
  await sendValue(exchange, form, { status: 200, value: await subresource.get(exchange, target), clock });
}

type Update = NonNullable<ObjectSubresource['update']>;

/**
 * PUT or PATCH of a subresource with a kind of its own. @throws StatusError 400, 406, 413, 415 or 422, and as its
 * update
 */
export async function serveObjectUpdate(
  exchange: Exchange,
  subresource: ObjectSubresource & { readonly update: Update },
  target: NamespacedName,
  clock: Clock,
): Promise<void> {
  const isPatch = exchange.info.verb === 'patch';
  const contentType = exchange.request.headers['content-type'];
  const owners = isPatch && isApplyPatch(contentType) ? subresource.owners : undefined;
  const isApply = owners !== undefined;
  if (isPatch && !isApply) patchMediaType(contentType);
  const form = negotiated(exchange, whole);
  const options = parseWriteOptions(exchange.info.query, isPatch ? 'PatchOptions' : 'UpdateOptions', isApply);
  let transform: (current: KubeObject) => KubeObject | Promise<KubeObject>;
  if (owners !== undefined) {
    transform = await readApply(exchange, subresource, target, options, owners);
  } else if (isPatch) {
    transform = await readPatch(exchange, subresource, target, options);
  } else {
    const object = await readObject(exchange, subresource, options);
    checkName({ ...object.metadata }, target.name, target.namespace);
    transform = () => object;
  }
  const ownership = isApply ? { ownership: 'given' as const } : {};
  const value = await subresource.update(exchange, target, transform, { ...options, ...ownership });
  await sendValue(exchange, form, { status: 200, value, clock });
}

/** POST to a subresource that does something. A missing metadata.name is taken from the path. */
export async function serveAction(
  exchange: Exchange,
  subresource: ActionSubresource,
  target: NamespacedName,
  clock: Clock,
): Promise<void> {
  const form = negotiated(exchange, { table: false, partial: false });
  const options = parseWriteOptions(exchange.info.query, 'CreateOptions');
  const object = await readObject(exchange, subresource, options);
  object.metadata = { name: target.name, ...object.metadata };
  checkName({ ...object.metadata }, target.name, target.namespace);
  const value = await subresource.create(exchange, target, object, options);
  await sendValue(exchange, form, { status: 201, value, clock });
}

/**
 * Streams the text as it arrives, never faster than the client reads. An error before the first text is answered with a
 * Status.
 */
export async function serveText(
  exchange: Exchange,
  subresource: TextSubresource,
  target: NamespacedName,
): Promise<void> {
  const iterator = subresource.get(exchange, target, exchange.info.query)[Symbol.asyncIterator]();
  let next = await iterator.next();
  if (!beginAnswer(exchange, 200, { 'Content-Type': 'text/plain; charset=utf-8' })) {
    await iterator.return?.();
    return;
  }
  // HTTP/2 sends headers at once. HTTP/1.1 would wait for the first text, which may take long.
  if ('flushHeaders' in exchange.response) exchange.response.flushHeaders();
  while (next.done !== true && !isOver(exchange.response)) {
    if (!writeText(exchange.response, next.value)) await drained(exchange.response);
    next = await iterator.next();
  }
  if (next.done !== true) await iterator.return?.();
  exchange.response.end();
}

/** @returns false if the caller should wait until the client has read */
function writeText(output: Writable, text: string): boolean {
  return output.write(text);
}

function drained(response: Response): Promise<void> {
  if (isOver(response)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
