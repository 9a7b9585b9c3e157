/** Dark or light: what the system wants, until the user chooses. */

/** The two sets of colours. */
type Theme = 'dark' | 'light';

const storageKey = 'kubedirector-theme';

/** The chosen one, or the system's. */
export function currentTheme(): Theme {
  const chosen = localStorage.getItem(storageKey);
  if (chosen === 'dark' || chosen === 'light') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** The one that is not in use. */
export const otherTheme = (theme: Theme): Theme => (theme === 'dark' ? 'light' : 'dark');

/** Uses it; a choice other than the system's is kept. */
export function setTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  const systems = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  if (theme === systems) localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, theme);
}
