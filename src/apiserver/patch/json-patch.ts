/**
 * JSON Patch, RFC 6902, with the leniency of kube-apiserver's implementation: an absent value is null, `test` for null
 * passes where there is nothing, `replace` of an absent member adds it, and lists are counted from their end by
 * negative indices. Of the whole document it takes `replace` and `test` only.
 */
import { deepEqual, isJsonObject, type JsonObject } from '../../meta/json.ts';
import { badRequest, requestEntityTooLarge, StatusError } from '../../meta/status.ts';
import { allAtOnce, type Steps } from '../../runtime/steps.ts';
import { getOwn, setOwn } from '../../schema/own-keys.ts';
import { insert, locate, parsePointer, PatchMismatchError, read, remove, replace, shown } from './json-pointer.ts';
import type { Place } from './json-pointer.ts';
import { createWork, type Work } from './work.ts';

const maxOperations = 10_000;
const operationsAStep = 100;
/** The most bytes of JSON that the `copy` operations of a patch may add: copies of copies grow exponentially. */
const maxCopiedBytes = 3 * 1024 * 1024;
const members = ['op', 'path', 'from', 'value'];
/** The most errors reported for one request, as in kube-apiserver's strict decoding. */
const maxUnknown = 100;
/** Moving this many list items counts as one step. */
const itemsAStep = 64;
/** Copying one value counts as this many steps. */
const stepsACopiedValue = 6;

/** One operation of a JSON patch. */
export interface Operation {
  readonly op: string;
  readonly path: string | undefined;
  readonly from: string | undefined;
  readonly value: unknown;
}

/** Null is an empty list, as in Go. @throws StatusError 400 where it is not a list of operations, 413 for too many */
export function parseOperations(document: unknown): Operation[] {
  if (document === null) return [];
  if (!Array.isArray(document)) throw badRequest('error decoding patch: a JSON patch must be a list of operations');
  if (document.length > maxOperations) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${document.length}`,
    );
  }
  return document.map((operation: unknown, index) => {
    if (operation === null) return { op: '', path: undefined, from: undefined, value: null };
    if (!isJsonObject(operation)) throw badRequest(`error decoding patch: operation ${index} is not an object`);
    const text = (name: string): string | undefined => {
      const value = getOwn(operation, name) ?? undefined;
      if (value === undefined || typeof value === 'string') return value;
      throw badRequest(`error decoding patch: ${name} of operation ${index} is not a string`);
    };
    const value = getOwn(operation, 'value') ?? null;
    return { op: text('op') ?? '', path: text('path'), from: text('from'), value };
  });
}

/** What strict decoding complains of, as kube-apiserver words it. */
export function unknownMembers(document: unknown): string[] {
  if (!Array.isArray(document)) return [];
  const found: string[] = [];
  for (const [index, operation] of document.entries()) {
    for (const name of Object.keys(isJsonObject(operation) ? operation : {})) {
      if (!members.includes(name)) found.push(`json patch unknown field "[${index}].${name}"`);
    }
    if (found.length >= maxUnknown) break;
  }
  return found.slice(0, maxUnknown);
}

/**
 * @returns a changed copy
 * @throws StatusError 422 without details where an operation does not fit, 413 where copies grow too large or the whole
 *         takes too long
 */
export function applyJsonPatch(operations: readonly Operation[], current: object): object {
  return allAtOnce(jsonPatchSteps(operations, current));
}

/** As applyJsonPatch, in steps. */
export function* jsonPatchSteps(operations: readonly Operation[], current: object): Steps<object> {
  let document = structuredClone(current) as JsonObject;
  const budget: Budget = { bytes: maxCopiedBytes, work: createWork() };
  for (const [index, operation] of operations.entries()) {
    if (index % operationsAStep === operationsAStep - 1) yield;
    try {
      if (isReplacement(operation)) document = replacement(operation);
      else applyOperation(operation, document, budget);
    } catch (error) {
      if (!(error instanceof PatchMismatchError)) throw error;
      const what = `operation ${index} (${shown(operation.op).slice(1, -1)} ${shown(operation.path ?? '').slice(1, -1)})`;
      throw new StatusError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${what}: ${error.message}`,
        {},
        { cause: error },
      );
    }
  }
  return document;
}

interface Budget {
  /** That copies may still add. */
  bytes: number;
  readonly work: Work;
}

const isReplacement = ({ op, path }: Operation): boolean => op === 'replace' && path === '';

/** The caller checks that it is still the same object. */
function replacement({ value }: Operation): JsonObject {
  if (!isJsonObject(value)) throw new PatchMismatchError('an object can be replaced by an object only');
  return structuredClone(value);
}

function applyOperation(operation: Operation, document: JsonObject, budget: Budget): void {
  const { op, value } = operation;
  const path = pathOf(operation, 'path');
  switch (op) {
    case 'add': {
      insert(moving(locate(document, path), budget), owned(value));
      return;
    }
    case 'remove':
      remove(moving(locate(document, path), budget));
      return;
    case 'replace': {
      replace(locate(document, path), owned(value));
      return;
    }
    case 'test': {
      test(path === '' ? document : (read(locate(document, path)) ?? null), value);
      return;
    }
    case 'move': {
      const from = pathOf(operation, 'from');
      if (isInside(path, from)) throw new PatchMismatchError('a value cannot be moved into itself');
      insert(moving(locate(document, path), budget), move(document, from, path, budget));
      return;
    }
    case 'copy': {
      const found = read(locate(document, pathOf(operation, 'from')));
      if (found === undefined) throw new PatchMismatchError('there is nothing to copy');
      const value = copied(found, budget);
      insert(moving(locate(document, path), budget), value);
      return;
    }
    default:
      throw new PatchMismatchError(`${shown(op)} is no operation`);
  }
}

/** Copies a value of the patch, because the patch may be applied again; scalars need no copy. */
function owned(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}

/** Checks first that the target's parent exists; only then removes the value. */
function move(document: JsonObject, from: string, path: string, budget: Budget): unknown {
  locate(document, path);
  return remove(moving(locate(document, from), budget));
}

/** A place at which something is put in or taken out: what comes after it in a list has to move. */
function moving(place: Place, { work }: Budget): Place {
  work.charge(1 + (Array.isArray(place.parent) ? place.parent.length / itemsAStep : 0));
  return place;
}

function pathOf(operation: Operation, name: 'path' | 'from'): string {
  const path = operation[name];
  if (path === undefined) throw new PatchMismatchError(`it has no ${name}`);
  return path;
}

function isInside(path: string, container: string): boolean {
  const outer = parsePointer(container);
  const inner = parsePointer(path);
  return inner.length > outer.length && outer.every((part, index) => part === inner[index]);
}

function test(actual: unknown, wanted: unknown): void {
  if (!deepEqual(actual, wanted)) throw new PatchMismatchError('the value there is another');
}

function copied(value: unknown, budget: Budget): unknown {
  budget.work.charge(stepsACopiedValue);
  spend(typeof value === 'string' ? value.length + 3 : 3, budget);
  if (Array.isArray(value)) return value.map((item) => copied(item, budget));
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    spend(key.length + 3, budget);
    setOwn(copy, key, copied(item, budget));
  }
  return copy;
}

/** Counts as it goes, so that what is too much is refused before it has been made. */
function spend(bytes: number, budget: Budget): void {
  budget.bytes -= bytes;
  if (budget.bytes < 0) {
    throw requestEntityTooLarge(`the copy operations of a JSON patch may add at most ${maxCopiedBytes} bytes`);
  }
}
