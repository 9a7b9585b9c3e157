/**
 * The layering of docs/architecture.md: imports go down only, siblings do not see each other unless listed,
 * and a third-party library belongs to one room. Type-only imports count.
 */
const rooms = {
  // room: rooms it may import (its own files are always allowed)
  '^src/meta/': [],
  '^src/runtime/': ['meta/json\\.ts$'],
  '^src/apis/kubernetes/': ['meta/'],
  '^src/schema/': ['meta/'],
  '^src/pki/': ['meta/', 'runtime/'],
  '^src/storage/contract\\.ts$': ['meta/'],
  '^src/clients/[a-z-]+\\.ts$': ['meta/', 'apis/kubernetes/', 'clients/[a-z-]+\\.ts$'],
  '^src/apis/kubedirector/': ['meta/', 'schema/', 'apis/kubernetes/'],
  '^src/guest/': ['meta/', 'apis/'],
  '^src/storage/(backup|check-commit|continue-token|difference|own-buffer)\\.ts$': [
    'meta/',
    'storage/(contract|own-buffer)\\.ts$',
  ],
  '^src/storage/journal/': ['meta/', 'runtime/', 'storage/(contract|check-commit|continue-token|own-buffer)\\.ts$'],
  '^src/storage/etcd/': [
    'meta/',
    'runtime/',
    'storage/((contract|check-commit|continue-token|difference|own-buffer)\\.ts$|protobuf/)',
  ],
  '^src/storage/protobuf/': [],
  '^src/storage/encryption/': ['meta/', 'runtime/', 'storage/((contract|own-buffer)\\.ts$|protobuf/)'],
  '^src/clients/kubernetes/': [
    'meta/',
    'runtime/',
    'apis/kubernetes/',
    'apis/kubedirector/well-known\\.ts$',
    'clients/contract\\.ts$',
  ],
  '^src/auth/': ['meta/', 'runtime/', 'pki/(key-pair|path-length)\\.ts$', 'clients/contract\\.ts$'],
  '^src/apiserver/': [
    'meta/',
    'runtime/',
    'schema/',
    'storage/contract\\.ts$',
    'auth/',
    'apis/kubernetes/',
    'clients/contract\\.ts$',
  ],
  '^src/controller/': ['meta/', 'runtime/', 'apis/', 'guest/', 'clients/contract\\.ts$'],
  '^src/registry/kubedirector/': [
    ...['meta/', 'runtime/', 'schema/', 'apis/', 'guest/', 'apiserver/', 'clients/contract\\.ts$'],
  ],
  '^src/playground/': [
    'meta/',
    'runtime/',
    'schema/',
    'pki/',
    'apis/kubernetes/',
    'apis/kubedirector/(types|well-known)\\.ts$',
    'guest/',
    'auth/contract\\.ts$',
    'apiserver/',
    'clients/contract\\.ts$',
  ],
  // For browsers: types and pure functions only.
  '^src/page/': ['meta/', 'apis/kubedirector/types\\.ts$', 'view/'],
  '^src/front/': ['meta/', 'auth/contract\\.ts$', 'apiserver/exchange\\.ts$'],
  '^src/view/': ['meta/', 'apis/(kubedirector|kubernetes)/types\\.ts$'],
  '^src/plugin/': [
    ...['meta/', 'runtime/clock\\.ts$', 'schema/', 'apis/', 'guest/', 'view/'],
    'front/index\\.ts$',
    'clients/kubernetes/(credentials|http-call|kube-config|response-error)\\.ts$',
    // Pure: what members of a simulated cluster are given and run.
    'controller/(guest/steps|plan/(names|roles|guest/configmeta))\\.ts$',
  ],
  '^src/server/': ['(?!cli/|page/|plugin/|main\\.ts$)'],
  '^src/(cli/|main\\.ts$)': ['meta/', 'runtime/', 'server/', 'cli/'],
};

/**
 * The same inside large rooms, from the bottom up: what each folder may import of its room. Folders never import what
 * stands below their own line here, so there are no cycles between them, and each folder has a line. Files directly in a
 * room are named where it matters; those that are not named (index.ts, plan.ts) may import all of the room.
 */
const folders = {
  'apiserver/': {
    'apply/': [],
    'flowcontrol/': [],
    'exchange\\.ts$': ['flowcontrol/'],
    'proxy-subresource\\.ts$': [],
    'resource\\.ts$': ['(exchange|proxy-subresource)\\.ts$', 'apply/'],
    'subresource-verbs\\.ts$': ['(proxy-subresource|resource)\\.ts$'],
    'decoding/': [],
    'patch/': ['decoding/'],
    'versions/': ['resource\\.ts$', 'apply/'],
    'watchcache/': ['resource\\.ts$', 'versions/'],
    'negotiation/': ['resource\\.ts$', 'watchcache/'],
    'cel/': [],
    'admission/': ['resource\\.ts$', 'cel/', 'patch/', 'apply/'],
    'audit/': ['exchange\\.ts$', 'decoding/'],
    'http/': ['exchange\\.ts$', 'apply/', 'audit/contract\\.ts$', 'decoding/', 'flowcontrol/', 'negotiation/'],
    'proxy/': ['(exchange|proxy-subresource)\\.ts$', 'http/'],
    'discovery/': [
      '(exchange|proxy-subresource|resource|subresource-verbs)\\.ts$',
      ...['http/', 'negotiation/', 'versions/'],
    ],
    'openapi/': ['(exchange|proxy-subresource|resource|subresource-verbs)\\.ts$', 'http/', 'negotiation/', 'patch/'],
    'zpages/': ['exchange\\.ts$', 'http/', 'negotiation/'],
    'registry/': [
      '(exchange|resource|subresource-verbs)\\.ts$',
      'admission/contract\\.ts$',
      ...['apply/', 'decoding/', 'flowcontrol/', 'http/', 'negotiation/', 'patch/', 'proxy/', 'versions/'],
      'watchcache/',
    ],
    'client/': ['resource\\.ts$', 'patch/', 'registry/', 'watchcache/'],
  },
  'controller/': {
    '(failures|keys|metrics|relevant-change|synced)\\.ts$': [],
    'plan/': [],
    'backup-index\\.ts$': ['keys\\.ts$', 'plan/backups/plan\\.ts$'],
    'guest/scripts/': [],
    'guest/': ['plan/guest-task\\.ts$'],
    'clients\\.ts$': ['guest/'],
    'app-lookup\\.ts$': ['clients\\.ts$'],
    'lost-snapshots\\.ts$': ['plan/backups/snapshots\\.ts$'],
    'backups/': ['(app-lookup|lost-snapshots|backup-index|clients|failures|keys)\\.ts$', 'plan/backups/'],
    'observe/': [
      '(app-lookup|lost-snapshots|backup-index|clients|keys)\\.ts$',
      'guest/',
      'plan/(guest-task|names|observed|life-cycle/unexplained)\\.ts$',
    ],
    'act/': [
      '(clients|keys)\\.ts$',
      'guest/',
      'plan/((actions|guest-task|names|observed|resizable|guest/configmeta)\\.ts$|natives/|objects/)',
    ],
    'reconcile\\.ts$': [
      '(clients|failures|keys)\\.ts$',
      ...['act/', 'observe/', 'plan/(names|plan|status/conditions)\\.ts$'],
    ],
    'triggers\\.ts$': ['(backup-index|clients|keys|relevant-change)\\.ts$'],
    'loop\\.ts$': ['(keys|metrics|reconcile)\\.ts$'],
  },
  'controller/plan/': {
    '(guest-task|names|resizable|roles)\\.ts$': [],
    '(actions|observed)\\.ts$': ['(guest-task|resizable)\\.ts$'],
    'objects/': ['(names|roles)\\.ts$'],
    'pods/': ['roles\\.ts$', 'objects/'],
    'revision\\.ts$': ['(names|resizable|roles)\\.ts$', 'objects/'],
    'draft\\.ts$': ['(actions|names|observed|revision|roles)\\.ts$', 'objects/', 'pods/'],
    'source\\.ts$': ['(draft|names)\\.ts$'],
    'messages/': ['draft\\.ts$'],
    'natives/': ['(actions|draft|names|observed|roles|source)\\.ts$', 'objects/'],
    'backups/': ['(names|observed)\\.ts$', 'messages/', 'natives/ownership\\.ts$'],
    'guest/': ['(draft|guest-task|names|observed|revision|roles|source)\\.ts$', 'messages/', 'pods/'],
    'membership/': ['(draft|names|roles)\\.ts$', 'guest/', 'natives/', 'objects/'],
    'life-cycle/': [
      '(actions|draft|guest-task|names|observed)\\.ts$',
      ...['guest/', 'membership/', 'messages/', 'natives/', 'pods/'],
    ],
    'rolling/': [
      '(draft|names|resizable|revision|roles)\\.ts$',
      'guest/',
      'life-cycle/',
      'messages/',
      'natives/',
      'objects/',
    ],
    'upgrade/': ['(draft|names|revision)\\.ts$', 'guest/', 'messages/', 'rolling/'],
    'forecast/': ['draft\\.ts$', 'membership/', 'rolling/'],
    'status/': [
      '(actions|draft|observed|source)\\.ts$',
      ...['guest/', 'life-cycle/', 'membership/', 'messages/', 'pods/', 'rolling/', 'upgrade/'],
    ],
  },
  'playground/': {
    '(kinds|omit|quantities|missing|readable)\\.ts$': [],
    'native\\.ts$': ['readable\\.ts$'],
    'simulation/': ['(kinds|native|omit)\\.ts$'],
    'services/': ['omit\\.ts$', 'simulation/'],
    'namespaces/': ['simulation/'],
    'rbac/': ['(kinds|native)\\.ts$', 'simulation/'],
    'pki/': ['rbac/'],
    'garbage/': ['native\\.ts$', 'simulation/'],
    'pods/': ['(missing|omit|quantities)\\.ts$', 'services/', 'simulation/'],
    'pod-security/': ['native\\.ts$'],
    'endpoints/': ['(kinds|omit)\\.ts$', 'pods/', 'simulation/'],
    'volumes/': ['(omit|quantities)\\.ts$', 'pods/', 'simulation/'],
    'snapshots/': ['kinds\\.ts$', 'simulation/'],
    'scheduling/': ['pods/', 'simulation/', 'volumes/'],
    'statefulsets/': ['(kinds|omit)\\.ts$', 'pods/', 'simulation/', 'volumes/'],
    'disruption/': ['endpoints/', 'simulation/', 'statefulsets/'],
    'guest/': ['(missing|omit)\\.ts$', 'pods/', 'simulation/'],
    'definitions/': [
      '(kinds|native|omit)\\.ts$',
      'disruption/',
      'pod-security/',
      'pods/',
      'rbac/',
      'services/',
      'simulation/',
      'snapshots/',
      'statefulsets/',
      'volumes/',
    ],
  },
};

const libraries = {
  // library: the rooms that may use it
  ajv: ['schema/'],
  croner: ['apis/kubedirector/'],
  'lru-cache': ['apiserver/', 'auth/', 'clients/kubernetes/', 'controller/act/'],
  lowdb: ['storage/journal/'],
  '@grpc/grpc-js': ['storage/etcd/', 'storage/encryption/kms/'],
  '@noble/ciphers': ['storage/encryption/'],
  '@kubernetes/client-node': ['clients/kubernetes/', 'plugin/clusters/'],
  jose: ['auth/'],
  express: ['apiserver/'],
  ws: ['apiserver/', 'clients/kubernetes/'],
  pino: ['runtime/'],
  'prom-client': ['runtime/'],
  commander: ['cli/', 'plugin/'],
  lit: ['page/'],
  re2js: ['apiserver/cel/'],
  '@peculiar/x509': ['pki/'],
  'reflect-metadata': ['pki/'],
};

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    { name: 'no-tests-in-src', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|tools)/' } },
    {
      name: 'no line for a room',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(rooms) },
      to: {},
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `room ${room}`,
      severity: 'error',
      from: { path: room },
      to: {
        path: '^src/',
        pathNot: [room, ...allowed.map((target) => `^src/${target}`)],
      },
    })),
    ...Object.entries(folders).flatMap(([room, inner]) => {
      const lines = Object.keys(inner).map((folder) => `^src/${room}${folder}`);
      return [
        ...Object.entries(inner).map(([folder, allowed], index) => ({
          name: `folder ${room}${folder}`,
          severity: 'error',
          from: { path: lines[index] },
          to: {
            path: `^src/${room}`,
            pathNot: [folder, ...allowed].map((target) => `^src/${room}${target}`),
          },
        })),
        ...lines.slice(0, -1).map((line, index) => ({
          name: `order ${line}`,
          severity: 'error',
          from: { path: line },
          to: { path: lines.slice(index + 1), pathNot: line },
        })),
        {
          name: `no line for a folder of ${room}`,
          severity: 'error',
          from: { path: `^src/${room}[^/]+/`, pathNot: lines },
          to: {},
        },
      ];
    }),
    ...Object.entries(libraries).map(([library, users]) => ({
      name: `library ${library}`,
      severity: 'error',
      from: { path: '^src/', pathNot: users.map((user) => `^src/${user}`) },
      to: { path: `^node_modules/(@types/)?${library}(/|$)` },
    })),
    {
      name: 'view is pure',
      comment: 'Browsers use it, too.',
      severity: 'error',
      from: { path: '^src/view/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'] },
    },
    {
      name: 'plan is pure',
      comment: 'Planning sees data only: no clients, no runtime.',
      severity: 'error',
      from: { path: '^src/controller/plan/' },
      to: { path: '^src/(clients|runtime)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
