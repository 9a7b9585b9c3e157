import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/runtime/metrics.ts';

describe('a distribution', () => {
  it('counts values into their bucket and all above, in the text form of Prometheus', async () => {
    const metrics = createMetrics();
    const sizes = metrics.distribution('sizes_bytes', 'How large.', [10, 100]);
    const series = sizes.labels({ verb: 'GET' });
    for (const value of [1, 10, 11, 1000]) series.observe(value);
    expect(await metrics.text()).toContain(
      [
        '# HELP sizes_bytes How large.',
        '# TYPE sizes_bytes histogram',
        'sizes_bytes_bucket{verb="GET",le="10"} 2',
        'sizes_bytes_bucket{verb="GET",le="100"} 3',
        'sizes_bytes_bucket{verb="GET",le="+Inf"} 4',
        'sizes_bytes_sum{verb="GET"} 1022',
        'sizes_bytes_count{verb="GET"} 4\n',
      ].join('\n'),
    );
  });

  it('is the same for the same name, and its series for the same labels', async () => {
    const metrics = createMetrics();
    for (let count = 0; count < 2; count++) metrics.distribution('d', 'd', [1]).labels({ a: 'x"\\\n' }).observe(0);
    const text = await metrics.text();
    expect(text).toContain('d_count{a="x\\"\\\\\\n"} 2');
    expect(text.match(/# TYPE d /g)).toHaveLength(1);
  });

  it('needs no labels', async () => {
    const metrics = createMetrics();
    metrics.counter('c', 'c').inc();
    metrics.distribution('d', 'd', [1]).labels({}).observe(2);
    const lines = (await metrics.text()).trimEnd().split('\n');
    expect(lines).toContain('c 1');
    expect(lines.slice(-4)).toEqual(['d_bucket{le="1"} 0', 'd_bucket{le="+Inf"} 1', 'd_sum 2', 'd_count 1']);
  });
});

describe('the metrics of the process', () => {
  it('are there for who asks for them', async () => {
    const text = await createMetrics({ process: true }).text();
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]/m);
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toMatch(/^process_start_time_seconds [1-9]/m);
    expect(await createMetrics().text()).not.toContain('process_');
  });
});
