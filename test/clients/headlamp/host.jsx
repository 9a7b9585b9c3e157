/** Headlamp's library around plugins, as Headlamp's own program does it: its store, its router, and how it loads them. */
import { fetchAndExecutePlugins } from '@kinvolk/headlamp-plugin/lib/plugin/index.js';
import '@kinvolk/headlamp-plugin/lib/i18n/config.js';
import { addAPIProvider } from '@iconify/react';
import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { SnackbarProvider } from 'notistack';
import { createRoot } from 'react-dom/client';
import { Provider } from 'react-redux';
import { BrowserRouter, Link } from 'react-router-dom';
import RouteSwitcher from '@kinvolk/headlamp-plugin/lib/components/App/RouteSwitcher.js';
import { setConfig } from '@kinvolk/headlamp-plugin/lib/redux/configSlice.js';
import store from '@kinvolk/headlamp-plugin/lib/redux/stores/store.js';
import { queryClient } from '@kinvolk/headlamp-plugin/lib/lib/queryClient.js';
import { setStore } from '@kinvolk/headlamp-plugin/lib/lib/router/createRouteURL.js';
import { createMuiTheme } from '@kinvolk/headlamp-plugin/lib/lib/themes.js';

const cluster = 'lab';
// Icons would come from other hosts; there are none here.
addAPIProvider('', { resources: [`${location.origin}/icons`] });
setStore(store);
store.dispatch(setConfig({ clusters: { [cluster]: { name: cluster, auth_type: '' } } }));

function Sidebar() {
  return (
    <nav>
      {Object.values(store.getState().sidebar.entries).map(({ name, label, url }) => (
        <Link key={name} to={`/c/${cluster}${url}`}>
          {label}
        </Link>
      ))}
    </nav>
  );
}

function Host() {
  return (
    <Provider store={store}>
      <QueryClientProvider client={queryClient}>
        <ThemeProvider theme={createMuiTheme({ name: 'light', base: 'light' })}>
          <SnackbarProvider>
            <BrowserRouter>
              <Sidebar />
              <RouteSwitcher requiresToken={() => false} />
            </BrowserRouter>
          </SnackbarProvider>
        </ThemeProvider>
      </QueryClientProvider>
    </Provider>
  );
}

// Headlamp loads no plugin that names no version of the library in its package.json, or one that does not fit.
const refused = (plugins) => console.error('refused plugins:', ...Object.keys(plugins));
fetchAndExecutePlugins([], () => {}, refused).then(() => createRoot(document.getElementById('root')).render(<Host />));
