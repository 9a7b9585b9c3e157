import { describe, expect, it } from 'vitest';
import { supportOf } from '../../../src/cli/node-version.ts';

describe('versions of Node.js', () => {
  it.each(['22.0.0', '24.21.0', '26.12.1', '24.0.0-nightly20250101'])('starts on %s without a word', (version) => {
    expect(supportOf(version)).toEqual({ level: 'supported' });
  });

  it.each(['20.19.0', '20.20.2', '21.7.3'])('starts on %s with a warning that names the way out', (version) => {
    expect(supportOf(version)).toEqual({
      level: 'deprecated',
      message: `Node.js ${version} gets no security fixes any more. Use Node.js 24, or 22.`,
    });
  });

  it.each(['20.18.3', '18.20.8', '8.0.0', ''])('refuses "%s" in one line', (version) => {
    const support = supportOf(version);
    expect(support.level).toBe('refused');
    expect('message' in support && support.message).toBe(
      `Node.js ${version} is too old; the oldest that works is 20.19. Use Node.js 24, or 22.`,
    );
  });
});
