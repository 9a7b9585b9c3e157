/** Bodies that are no message, or not the one they should be. */
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/apiserver/decoding/decode-error.ts';
import { decodeMessage, maxFields } from '../../../src/apiserver/decoding/protobuf-message.ts';
import { openEnvelope } from '../../../src/apiserver/decoding/protobuf.ts';
import { field, varint } from './decoded.ts';

const decode = (kind: string, ...parts: readonly Buffer[]) => decodeMessage(`io.k8s.api.${kind}`, Buffer.concat(parts));
const hex = (text: string) => Buffer.from(text, 'hex');
const spec = (kind: string, ...parts: readonly Buffer[]) => decode(kind, field(2, Buffer.concat(parts)));

describe('the envelope', () => {
  it.each([
    ['nothing', '', 'empty data'],
    ['JSON', '7b7d', 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
    ['part of the prefix', '6b3873', 'provided data does not appear to be a protobuf message'],
    ['the prefix alone', '6b387300', 'empty body'],
    ['an endless tag', '6b387300ff', 'unexpected EOF'],
    ['a number for what it is', '6b3873000801', 'wrong wireType = 0'],
    ['a number for its kind', '6b3873000a021001', 'wrong wireType = 0'],
    ['a number for the message', '6b3873001001', 'wrong wireType = 0'],
  ])('refuses %s', (_, text, message) => {
    const open = () => openEnvelope(hex(text));
    expect(open).toThrow(DecodeError);
    expect(open).toThrow(message);
  });

  it('may say nothing of itself, and more than is known', () => {
    expect(openEnvelope(hex('6b387300120108'))).toEqual({ typeMeta: { apiVersion: '', kind: '' }, raw: hex('08') });
    const open = openEnvelope(hex('6b3873000a0612044e6f64651a00 2200 9a0100'.replaceAll(' ', '')));
    expect(open).toEqual({ typeMeta: { apiVersion: '', kind: 'Node' }, raw: Buffer.alloc(0) });
  });
});

describe('messages', () => {
  it.each([
    ['a length beyond the end', '0a05', 'unexpected EOF'],
    ['a length without its varint', '0a', 'unexpected EOF'],
    ['a negative length', '0affffffffffffffffff01', 'negative length'],
    ['a varint of eleven bytes', '0affffffffffffffffffff01', 'integer overflow'],
    ['a varint without end', `0a${'ff'.repeat(1000)}`, 'unexpected EOF'],
    ['field number zero', '0200', 'illegal tag 2'],
    ['a tag beyond 32 bits', 'ffffffffff0f', 'illegal tag'],
    ['a wire type there is not', '0e', 'illegal wireType 6'],
    ['32 bits cut off', '9d06000000', 'unexpected EOF'],
    ['64 bits cut off', '990600', 'unexpected EOF'],
    ['the end of no group', '9c06', 'wiretype end group for non-group'],
    ['a group without end', '9b06', 'unexpected EOF'],
    ['a number for a message', '0801', 'wrong wireType = 0'],
    ['a number for an entry of a map', '1001', 'wrong wireType = 0'],
    ['a number for a key', '12020801', 'wrong wireType = 0'],
    ['bytes for a boolean', '220101', 'wrong wireType = 2'],
  ])('refuse %s', (_, text, message) => {
    const read = () => decode('core.v1.ConfigMap', hex(text));
    expect(read).toThrow(DecodeError);
    expect(read).toThrow(message);
  });

  it('refuse every body that is cut off within a field, and never fail otherwise', () => {
    const whole = hex('0a190a0566696c657312001a047465616d22002a0032003800420012060a0161120162');
    const ends = new Set([0, 27, 35]);
    for (let length = 0; length <= whole.length; length += 1) {
      const read = () => decode('core.v1.ConfigMap', whole.subarray(0, length));
      if (ends.has(length)) expect(read).not.toThrow();
      else expect(read).toThrow(DecodeError);
    }
  });

  it('pass over fields they do not know, of any wire type, and groups in groups', () => {
    const unknown = ['980601', `9906${'00'.repeat(8)}`, '9a060101', '9b069b0608019c069c06', '9d0600000000'];
    const object = decode('core.v1.ConfigMap', ...unknown.map(hex), field(4, 1));
    expect(object).toEqual({ metadata: {}, immutable: true });
  });

  it('are merged where they come twice; of other fields the later one counts', () => {
    const object = decode(
      'core.v1.Namespace',
      field(1, field(1, 'a')),
      field(1, field(3, 'b')),
      field(1, field(1, 'c')),
    );
    expect(object.metadata).toEqual({ name: 'c', namespace: 'b' });
  });

  it('of more fields than memory should hold are refused', () => {
    const read = (count: number) =>
      decode('apps.v1.StatefulSet', field(2, Buffer.alloc(2 * count, Buffer.from([0x22, 0]))));
    expect(() => read(maxFields)).toThrow(`more than ${maxFields} fields`);
  });

  it('take lists of numbers packed and one by one', () => {
    const groups = (...parts: readonly Buffer[]) => {
      const pod = spec('core.v1.Pod', field(14, Buffer.concat(parts)));
      return (pod.spec as { securityContext: unknown }).securityContext;
    };
    const both = groups(field(4, 7), field(4, Buffer.concat([varint(300), varint(2 ** 40)])));
    expect(both).toEqual({ supplementalGroups: [7, 300, 2 ** 40] });
    expect(groups(field(4, ''))).toEqual({});
    expect(() => groups(field(4, hex('ff')))).toThrow('unexpected EOF');
  });

  it('keep keys that mean something to JavaScript as plain keys', () => {
    const entry = Buffer.concat([field(1, '__proto__'), field(2, 'x')]);
    const { data } = decode('core.v1.ConfigMap', field(2, entry));
    expect(Object.entries(data as object)).toEqual([['__proto__', 'x']]);
  });
});

describe('values of types of their own', () => {
  const container = (...parts: readonly Buffer[]) => spec('core.v1.Pod', field(2, Buffer.concat(parts)));
  const limit = (quantity: Buffer) =>
    container(field(8, field(1, Buffer.concat([field(1, 'cpu'), field(2, quantity)]))));
  const created = (...time: readonly Buffer[]) =>
    decode('core.v1.Namespace', field(1, field(8, Buffer.concat(time)))).metadata;
  const owner = (text: string) => decode('apps.v1.ControllerRevision', field(2, field(1, text)));
  const port = (...value: readonly Buffer[]) =>
    spec('core.v1.Service', field(1, Buffer.concat([field(3, 80), field(4, Buffer.concat(value))]))).spec;

  it('write quantities in their canonical form', () => {
    expect(limit(field(1, '0.5'))).toMatchObject({
      spec: { containers: [{ resources: { limits: { cpu: '500m' } } }] },
    });
    expect(limit(Buffer.alloc(0))).toMatchObject({ spec: { containers: [{ resources: { limits: { cpu: '0' } } }] } });
  });

  it.each(['', 'many', '1Zi'])('refuse the quantity "%s"', (text) => {
    expect(() => limit(field(1, text))).toThrow('quantities must match the regular expression');
  });

  it('leave out a time that is none, and write the first second of 1970', () => {
    expect(created()).toEqual({});
    expect(created(field(1, 0), field(2, 0))).toEqual({ creationTimestamp: '1970-01-01T00:00:00Z' });
  });

  it('refuse times beyond the year 9999', () => {
    expect(() => created(field(1, 253_402_300_800))).toThrow('year outside of range');
    expect(created(field(1, 253_402_300_799))).toEqual({ creationTimestamp: '9999-12-31T23:59:59Z' });
  });

  it('refuse embedded JSON that is none', () => {
    expect(owner('{"a":1}')).toMatchObject({ data: { a: 1 } });
    expect(() => owner('{')).toThrow('RawExtension does not hold JSON');
    expect(() => owner('k8s\0')).toThrow(DecodeError);
  });

  it('refuse a port that is neither number nor text', () => {
    expect(port()).toMatchObject({ ports: [{ port: 80, targetPort: 0 }] });
    expect(port(field(1, 1), field(3, 'http'))).toMatchObject({ ports: [{ targetPort: 'http' }] });
    expect(() => port(field(1, 2))).toThrow('impossible IntOrString.Type');
  });
});
