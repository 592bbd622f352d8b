/** What others published of systems that do a part of the same work. Other machines, other work: no comparison, but a scale. */
export const PUBLISHED: readonly { readonly system: string; readonly figure: string }[] = [
  { system: 'Kraken (Uber)', figure: '2,600 hosts fetch 3 GB: p50 10 s, p99 18 s; at least 15,000 hosts in a cluster' },
  {
    system: 'Dragonfly (Alibaba)',
    figure: '200 MB to hosts with lines of 200 Mbit/s from two servers of 24 cores: 12 s on average, by any number',
  },
  { system: 'opentracker (UDP)', figure: '177,000 responses a second in one process' },
  { system: 'aquatic (UDP)', figure: '168,000 responses a second with 2 workers, 408,000 with 8' },
  { system: 'wt-tracker (WebSocket)', figure: 'about 60,000 responses a second and core' },
  {
    system: 'bittorrent-tracker (WebSocket)',
    figure: 'about 25,000 responses a second and core; 12.8 kB a connection',
  },
];
