/** A made-up cluster's document, of the shape and order that KubeDirector writes. This node is f-0. */
const domain = 'hs.ns.svc.cluster.local';
const to = (...path: readonly string[]) => ({ bdvlibrefkey: path });
const fqdnsOf = (...pods: readonly string[]): readonly string[] => pods.map((pod) => `${pod}.${domain}`);

function service(role: string, id: string, endpoints: readonly string[] | null, prefix: readonly string[] = []) {
  const path = [...prefix, 'nodegroups', '1', 'roles', role];
  return {
    qualifiers: [],
    name: id.toUpperCase(),
    id,
    hostnames: to(...path, 'hostnames'),
    global_id: `1_${role}_${id}`,
    fqdns: to(...path, 'fqdns'),
    exported_service: '',
    endpoints,
    authToken: '',
  };
}

function role(
  services: Readonly<Record<string, unknown>>,
  members: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
) {
  const fqdns = fqdnsOf(...Object.keys(members));
  return {
    services,
    node_ids: Object.values(members),
    hostnames: fqdns,
    fqdns,
    fqdn_mappings: Object.fromEntries(Object.entries(members).map(([pod, id]) => [`${pod}.${domain}`, id])),
    flavor: { storage: 'n/a', name: 'n/a', memory: '4096', description: 'n/a', cores: '2' },
    ...more,
  };
}

const kafka = ['connections', 'clusters', 'kafka1'] as const;
const brokers = ['k-0.kh.ns.svc.cluster.local', 'k-1.kh.ns.svc.cluster.local'];

export const shop = {
  version: '7',
  services: {
    db: { '1': { back: to('nodegroups', '1', 'roles', 'back', 'services', 'db') } },
    web: { '1': { front: to('nodegroups', '1', 'roles', 'front', 'services', 'web') } },
  },
  nodegroups: {
    '1': {
      roles: {
        back: role(
          {
            db: service(
              'back',
              'db',
              fqdnsOf('b-0', 'b-1').map((fqdn) => `tcp://${fqdn}:5432`),
            ),
          },
          { 'b-0': '2', 'b-1': '3' },
        ),
        front: role(
          { web: service('front', 'web', null) },
          { 'f-0': '1' },
          { secret_keys: { token: 's3cr3t', 'tls.key': 'k e y' } },
        ),
      },
      distro_id: 'acme/web',
      catalog_entry_version: '1.0',
      config_metadata: { 'log.level': 'warn', mode: 'fast', 'my key': 'my value', 'two\tlines': 'a\nb' },
    },
  },
  distros: { 'acme/web': { '1': to('nodegroups', '1') } },
  cluster: {
    name: 'shop',
    isolated: false,
    id: 'b1c4',
    config_metadata: { '1': to('nodegroups', '1', 'config_metadata') },
    size: 12,
    nothing: null,
    shares: 0.5,
    numbers: [1, 2],
    holes: ['a', null],
    empty: [],
    blank: '',
    circle: to('cluster', 'circle'),
    astray: to('nodegroups', '2'),
    nul: 'a\0b',
    unicode: 'é€😀',
    app: 'short',
    'app.properties': 'long',
  },
  node: {
    role_id: 'front',
    nodegroup_id: '1',
    id: '1',
    hostname: `f-0.${domain}`,
    fqdn: `f-0.${domain}`,
    domain,
    distro_id: 'acme/web',
    depends_on: {},
  },
  connections: {
    clusters: {
      kafka1: {
        services: {
          broker: { '1': { kafka: to(...kafka, 'nodegroups', '1', 'roles', 'kafka', 'services', 'broker') } },
        },
        nodegroups: {
          '1': {
            roles: {
              kafka: {
                services: { broker: service('kafka', 'broker', [`kafka://${brokers.join(':9092,')}`], kafka) },
                fqdns: brokers,
              },
            },
          },
        },
      },
    },
    configmaps: {
      tuning: [
        { metadata: { name: 'a' }, data: { 'app.properties': 'x=1', level: '1' }, labels: null },
        { metadata: { name: 'b' }, data: { 'app.properties': 'x=2', depth: '2' }, labels: { l: 'm' }, annotations: {} },
      ],
    },
    secrets: {
      s3: [{ metadata: { name: 'YQ==' }, data: { accessKey: 'QUJDRA==', raw: 'AAEC/w==', bad: 'no base64!' } }],
    },
  },
};

/** FQDNs of these pods, as they are printed. */
export const fqdns = (...pods: readonly string[]): string => fqdnsOf(...pods).join(',');
