/** Bytes as kubectl 1.32 and 1.37 sent them (the same ones), and what `--dry-run=client -o json` prints of them. */
import { describe, expect, it } from 'vitest';
import { decoded } from './decoded.ts';

describe('what kubectl creates', () => {
  it('reads a namespace: its empty spec and status are there, as JSON has them', () => {
    const hex =
      '6b3873000a0f0a02763112094e616d657370616365121c0a140a0464656d6f12001a0022002a0032003800420012001a020a001a002200';
    expect(decoded('core.v1.Namespace', hex)).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'demo' },
      spec: {},
      status: {},
    });
  });

  it('reads text and binary data of a config map', () => {
    const hex =
      '6b3873000a0f0a0276311209436f6e6669674d617012480a190a0566696c657312001a047465616d22002a0032003800420012060a016112016212110a08746578742e74787412056b3a20760a1a100a08626c6f622e62696e12040001fffe1a002200';
    expect(decoded('core.v1.ConfigMap', hex)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'files', namespace: 'team' },
      data: { a: 'b', 'text.txt': 'k: v\n' },
      binaryData: { 'blob.bin': 'AAH//g==' },
    });
  });

  it('keeps a key of a secret whose value is empty, which the wire leaves out', () => {
    const hex =
      '6b3873000a0c0a027631120653656372657412370a190a056c6f67696e12001a047465616d22002a0032003800420012090a05656d7074791200120d0a0475736572120561646d696e1a001a002200';
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'team' } };
    expect(decoded('core.v1.Secret', hex)).toEqual({ ...secret, data: { empty: '', user: 'YWRtaW4=' } });
    const absent = '6b387300120912070a05656d707479';
    expect(decoded('core.v1.Secret', absent)).toMatchObject({ data: { empty: '' } });
  });

  it('reads the type of a secret for an image registry', () => {
    const hex =
      '6b3873000a0c0a0276311206536563726574129a010a180a0470756c6c12001a047465616d22002a00320038004200125e0a112e646f636b6572636f6e6669676a736f6e12497b226175746873223a7b22722e6578616d706c652e636f6d223a7b22757365726e616d65223a2275222c2270617373776f7264223a2270222c2261757468223a2264547077227d7d7d1a1e6b756265726e657465732e696f2f646f636b6572636f6e6669676a736f6e1a002200';
    const config = '{"auths":{"r.example.com":{"username":"u","password":"p","auth":"dTpw"}}}';
    expect(decoded('core.v1.Secret', hex)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'pull', namespace: 'team' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
    });
  });

  it('reads a service account', () => {
    const hex =
      '6b3873000a140a027631120e536572766963654163636f756e7412190a170a03626f7412001a047465616d22002a003200380042001a002200';
    expect(decoded('core.v1.ServiceAccount', hex)).toEqual({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'bot', namespace: 'team' },
    });
  });

  it('reads the target port of a service by name', () => {
    const hex =
      '6b3873000a0d0a02763112075365727669636512700a230a0377656212001a047465616d22002a003200380042005a0a0a03617070120377656212450a1e0a0738302d6874747012035443501850220a080110001a04687474702800120a0a0361707012037765621a002209436c757374657249503a00420052005a00600068001a020a001a002200';
    expect(decoded('core.v1.Service', hex)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'team', labels: { app: 'web' } },
      spec: {
        ports: [{ name: '80-http', protocol: 'TCP', port: 80, targetPort: 'http' }],
        selector: { app: 'web' },
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    });
  });

  it('reads the target port of a service by number, and its node port', () => {
    const hex =
      '6b3873000a0d0a027631120753657276696365126e0a210a026e7012001a047465616d22002a003200380042005a090a0361707012026e7012450a200a09353637382d38303830120354435018ae2c2207080010903f1a002880eb0112090a0361707012026e701a0022084e6f6465506f72743a00420052005a00600068001a020a001a002200';
    expect(decoded('core.v1.Service', hex)).toMatchObject({
      spec: {
        ports: [{ name: '5678-8080', protocol: 'TCP', port: 5678, targetPort: 8080, nodePort: 30080 }],
        type: 'NodePort',
      },
    });
  });

  it('reads a service that is a name elsewhere', () => {
    const hex =
      '6b3873000a0d0a02763112075365727669636512600a230a0365787412001a047465616d22002a003200380042005a0a0a0361707012036578741235120a0a0361707012036578741a00220c45787465726e616c4e616d653a004200520d612e6578616d706c652e636f6d5a00600068001a020a001a002200';
    expect(decoded('core.v1.Service', hex).spec).toEqual({
      selector: { app: 'ext' },
      type: 'ExternalName',
      externalName: 'a.example.com',
    });
  });
});
