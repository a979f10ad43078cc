/**
 * Who may import whom: the table of docs/ARCHITECTURE.md. A folder that is not named here may import nothing of the project, so a new
 * room begins by saying in this table what it needs. `types` are rooms from which only types may be imported.
 */
const ROOMS = {
  schemas: { at: '^schemas/', may: [] },
  domain: { at: '^app/domain/', may: ['schemas'] },
  ports: { at: '^app/ports/', may: ['domain', 'schemas'] },
  flows: { at: '^app/flows/', may: ['domain', 'ports', 'schemas'] },
  platform: { at: '^app/platform/', may: ['kernel', 'schemas'] },
  adapters: { at: '^app/adapters/', may: ['domain', 'ports', 'platform', 'schemas'] },
  shopify: { at: '^app/shopify[.]server[.]ts$', may: ['flows', 'adapters', 'platform', 'schemas'], types: ['ports', 'domain'] },
  container: { at: '^app/container([.]server[.]ts$|/)', may: ['flows', 'adapters', 'platform', 'shopify', 'domain', 'schemas'], types: ['ports'] },
  http: { at: '^app/http/', may: ['web', 'container', 'shopify', 'platform', 'ports', 'domain', 'schemas'] },
  // The process that serves: Express around Remix.
  web: { at: '^app/web/', may: ['http', 'container', 'shopify', 'platform', 'ports', 'domain', 'schemas'] },
  worker: { at: '^app/worker/', may: ['container', 'platform', 'domain', 'schemas'], types: ['ports'] },
  ui: { at: '^app/ui/', may: ['domain', 'schemas'] },
  routes: { at: '^app/routes/', may: ['http', 'ui', 'domain', 'schemas'] },
  // What every page stands in: Remix's root and entries.
  shell: { at: '^app/(root|entry[.](client|server))[.]tsx$', may: ['http', 'web', 'container', 'ui', 'platform', 'domain', 'schemas'] },
  extensions: { at: '^extensions/', may: ['schemas', 'domain'] },
  dev: { at: '^dev/', may: ['prisma', 'schemas'] },
  prisma: { at: '^prisma/', may: ['schemas'] },
  // Only a name for what platform may import.
  kernel: { at: '^app/domain/kernel/', may: null },
};
/** Packages without IO, clock or randomness of their own. */
const PURE = [];
/** Tests stand beside their sources and may import anything. */
const TEST = '[.]test[.]tsx?$';
const PROJECT = '^(app|dev|schemas|extensions|prisma|test|bench)/';

function roomRules() {
  const rules = [];
  for (const [name, { at, may, types = [] }] of Object.entries(ROOMS)) {
    if (may === null) continue;
    const open = [name, ...may];
    const places = (names) => names.map((room) => ROOMS[room].at);
    rules.push({
      name: `${name}-imports`,
      comment: `${name} may import ${may.join(', ') || 'nothing of the project'}${types.length > 0 ? `, and types of ${types.join(', ')}` : ''}.`,
      severity: 'error',
      from: { path: at, pathNot: TEST },
      to: { path: PROJECT, pathNot: places([...open, ...types]) },
    });
    if (types.length > 0) {
      rules.push({
        name: `${name}-imports-types-only`,
        comment: `Of ${types.join(', ')}, ${name} may import types only.`,
        severity: 'error',
        from: { path: at, pathNot: TEST },
        to: { path: places(types), dependencyTypesNot: ['type-only'] },
      });
    }
  }
  return rules;
}

const packagesBut = (allowed) => ({ path: 'node_modules/', pathNot: allowed.map((name) => `node_modules/${name}(/|$)`) });

module.exports = {
  forbidden: [
    ...roomRules(),
    {
      name: 'unknown-room',
      comment: 'A folder of app/ that the table does not know: give it a line there.',
      severity: 'error',
      from: { path: '^app/', pathNot: [TEST, ...Object.values(ROOMS).map(({ at }) => at), '[.]css$'] },
      to: {},
    },
    {
      name: 'flow-to-flow',
      comment: 'Flows meet through events and jobs, never by calling each other.',
      severity: 'error',
      from: { path: '^app/flows/([^/]+)/', pathNot: TEST },
      to: { path: '^app/flows/', pathNot: '^app/flows/$1/' },
    },
    {
      name: 'adapter-to-adapter',
      comment: 'One vendor or technology a room: an adapter never knows its sibling.',
      severity: 'error',
      from: { path: '^app/adapters/([^/]+)/', pathNot: TEST },
      to: { path: '^app/adapters/', pathNot: '^app/adapters/$1/' },
    },
    {
      name: 'nobody-imports-routes',
      comment: 'A route is an entrance: what two of them need belongs to http, ui or domain.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: '^app/routes/' },
    },
    {
      name: 'pure-packages',
      comment: 'Domain, ports and flows import no package but the pure ones of the list.',
      severity: 'error',
      from: { path: '^app/(domain|ports|flows)/', pathNot: TEST },
      to: packagesBut(PURE),
    },
    {
      name: 'pure-no-node',
      comment: 'Domain, ports and flows do no IO; domain and ui run in the browser too.',
      severity: 'error',
      from: { path: '^(app/(domain|ports|flows|ui)|extensions)/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-circles',
      comment: 'Of two files that run each other neither can be understood alone. Types may refer to each other.',
      severity: 'error',
      from: { pathNot: '/generated/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, dependencyTypesNot: ['type-only'], pathNot: ['^virtual:', '[.]css([?]url)?$'] },
    },
    {
      name: 'no-dev-package-in-production',
      comment: 'Production installs no dev dependencies: move the package to dependencies.',
      severity: 'error',
      from: { path: '^(app|schemas)/', pathNot: [TEST, '^schemas/tools/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(build|public/build|[.]cache|[.]calibrate)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
