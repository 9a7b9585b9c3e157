import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** An entry of a page, by its address on the site; none as long as there is no such page. */
function page(text, link) {
  const isThere = [root, join(root, 'docs')].some((folder) => existsSync(join(folder, `${link}.md`)));
  return isThere ? [{ text, link }] : [];
}

const group = (text, ...items) => ({ text, items: items.flat() });

export const sidebar = [
  group(
    'Begin',
    page('What it is', '/index'),
    page('Quick start', '/quick-start'),
    page('Concepts', '/concepts'),
    page('Tutorial: an app of your own', '/tutorial'),
    page('Glossary', '/glossary'),
  ),
  group(
    'How to',
    page('Work with Jupyter', '/how-to/jupyter'),
    page('Connect to members', '/connect'),
    page('The page', '/page'),
    page('Use kubectl kd', '/kubectl-kd'),
    page('Use the page', '/page'),
    page('Scale by load (HPA)', '/how-to/autoscaling'),
    page('Connect clusters with each other', '/how-to/connections'),
    page('Give members secrets', '/how-to/secrets'),
    page('Use and enlarge volumes', '/how-to/storage'),
    page('Upgrade an app, and go back', '/how-to/upgrade'),
    page('Stop and start a cluster', '/how-to/stop-and-start'),
    page('Back up and clone', '/backup'),
    page('Use Argo CD or Flux', '/how-to/gitops'),
    page('See clusters in Headlamp', '/how-to/headlamp'),
    page('Watch metrics and alerts', '/how-to/metrics'),
    page('Trace requests and reconciles', '/how-to/tracing'),
    page('Runbooks of alerts', '/alerts'),
    page('Share one installation', '/how-to/multi-tenancy'),
    page('Run several replicas', '/how-to/replicas'),
    page('Find out what is wrong', '/troubleshooting'),
  ),
  group(
    'Write apps',
    page('Authoring apps', '/authoring'),
    page('Examples', '/manifests/examples/README'),
    page('configcli', '/guest-tools/README'),
  ),
  group(
    'Run it',
    page('Install', '/install'),
    page('Helm chart', '/chart'),
    page('Operations', '/operations'),
    page('Security', '/security'),
    page('Taking over a KubeDirector with CRDs', '/migrate'),
    page('Service levels', '/slo'),
    page('Other ways to do it', '/comparison'),
  ),
  group(
    'Reference',
    page('API', '/reference/api'),
    page('Commands and flags', '/reference/flags'),
    page('Conditions, reasons and events', '/reference/reasons'),
    page('Metrics', '/reference/metrics'),
    page('The playground', '/playground'),
    page('Changes', '/CHANGELOG'),
  ),
  group(
    'Work on it',
    page('Contributing', '/CONTRIBUTING'),
    page('Architecture', '/architecture'),
    page('Debugging', '/debugging'),
    page('Decisions', '/adr/README'),
  ),
];
