import { defineConfig } from 'vitepress';
import { siteLinks } from './links.js';
import { sidebar } from './sidebar.js';
import { slug } from './slug.js';

export default defineConfig({
  title: 'KubeDirector',
  description: 'Complex stateful applications on Kubernetes, without an operator for each of them',
  // Pages outside of docs/ belong to the site, too; only those that links.js knows.
  srcDir: '..',
  srcExclude: ['README.md', 'SECURITY.md', '.github/**', 'src/**', 'apiservice/**', 'docs/**/node_modules/**'],
  rewrites: { 'docs/:rest*': ':rest*' },
  cleanUrls: false,
  lastUpdated: false,
  markdown: {
    anchor: { slugify: slug },
    languageAlias: { promql: 'text' },
    config: siteLinks,
  },
  // Pages outside of docs/ do not find its node_modules; what is rendered lies in docs/, and does.
  vite: { ssr: { external: ['vue', 'vue/server-renderer'] } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Reference', link: '/reference/api' },
    ],
    sidebar,
  },
});
