import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { parseEndpoint } from '../../sdk/protocol/index.js';
import { readInvocation } from '../../tracker/program/options.js';
import { DEFAULT_LIMITS } from '../../tracker/server/budgets/limits.js';
import { parsePostgresUrl } from '../../tracker/store/postgres/postgres-url.js';
import { startQuickTracker } from '../support/plain-passwords.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const TEXTS = z.record(z.string(), z.string());
const SERVICE = z.looseObject({
  network_mode: z.literal('host'),
  command: z.array(z.string()),
  environment: TEXTS.default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  stop_grace_period: z.string().optional(),
});
const COMPOSE = z.looseObject({ services: z.record(z.string(), SERVICE) });

const PROBE = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string(), scheme: z.literal('HTTPS') }) });
const LABELS = z.object({ matchLabels: TEXTS });
const DEPLOYMENT = z.looseObject({
  kind: z.literal('Deployment'),
  spec: z.looseObject({
    selector: LABELS,
    template: z.looseObject({
      metadata: z.object({ labels: TEXTS }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([
          z.looseObject({
            args: z.array(z.string()),
            env: z.array(
              z.object({
                name: z.string(),
                valueFrom: z.object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) }),
              }),
            ),
            ports: z.tuple([z.looseObject({ name: z.string(), containerPort: z.number(), hostPort: z.number() })]),
            startupProbe: PROBE,
            readinessProbe: PROBE,
            livenessProbe: PROBE,
          }),
        ]),
        affinity: z.looseObject({
          podAntiAffinity: z.object({
            requiredDuringSchedulingIgnoredDuringExecution: z.tuple([
              z.object({ topologyKey: z.literal('kubernetes.io/hostname'), labelSelector: LABELS }),
            ]),
          }),
        }),
      }),
    }),
  }),
});
const BUDGET = z.looseObject({ kind: z.literal('PodDisruptionBudget'), spec: z.looseObject({ selector: LABELS }) });

/** The value behind an option. */
function behind(command: readonly string[], option: string): string {
  return command[command.indexOf(option) + 1] ?? assert.fail(`${option} is missing`);
}

function runs(args: readonly string[], env: Record<string, string>) {
  const invocation = readInvocation(args, env);
  assert.ok(invocation.kind === 'run');
  return invocation;
}

/** From the request to stop until the last connection is closed. */
const STOP_SECONDS = (DEFAULT_LIMITS.leaveMs + DEFAULT_LIMITS.drainMs) / 1000 + 1;

describe('the files for Docker Compose', () => {
  const { services } = COMPOSE.parse(parse(read('deploy/compose.yaml'), { merge: true }));
  const service = (name: string) => services[name] ?? assert.fail(name);
  const nodes = ['node-1', 'node-2'].map(service);
  const redis = [1, 2, 3, 4, 5, 6].map((server) => service(`redis-${server}`));
  const invocations = nodes.map(({ command, environment }) => {
    const env = Object.entries(environment).map(
      ([name, value]) => [name, value.replace(/\$\{[^}]*\}/, 'secret')] as const,
    );
    return runs(command, Object.fromEntries(env));
  });

  it('start nodes with options and variables that they know, at ports of their own, and ask these for their health', () => {
    const help = readInvocation(['--help'], {});
    for (const [index, { environment, healthcheck, stop_grace_period: grace = '' }] of nodes.entries()) {
      for (const name of Object.keys(environment)) assert.ok(help.kind === 'print' && help.text.includes(name), name);
      const { port } = parseEndpoint(invocations[index]?.listen ?? '');
      assert.equal(healthcheck?.test.at(-1), String(port));
      assert.ok(Number.parseInt(grace, 10) > STOP_SECONDS);
    }
    assert.equal(new Set(invocations.map(({ listen }) => listen)).size, nodes.length);
  });

  it('lead all nodes to the one database and the one cluster that they start', () => {
    const { command, environment, healthcheck } = service('postgres');
    const ports = redis.map((server) => behind(server.command, '--port'));
    for (const { place, swarm = '' } of invocations) {
      const { servers, user, database, password } = parsePostgresUrl('store' in place ? place.store : '');
      assert.deepEqual(
        [String(servers[0].port), user, database, password],
        [behind(command, '-p'), environment.POSTGRES_USER, environment.POSTGRES_DB, 'secret'],
      );
      for (const url of swarm.split(',')) assert.ok(ports.includes(new URL(url).port), url);
    }
    assert.ok(healthcheck?.test.includes(`--port=${behind(command, '-p')}`));
    const make = service('redis-cluster').command.join(' ');
    assert.deepEqual(
      [...make.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port),
      ports,
    );
  });

  it('build an image of the program that stands in the package, at its usual port', () => {
    const docker = read('deploy/Dockerfile');
    const { bin } = z.looseObject({ bin: TEXTS }).parse(JSON.parse(read('tracker/package.json')));
    const [, program = ''] = /^ENTRYPOINT \["([^"]+)"\]$/m.exec(docker) ?? [];
    assert.ok(program in bin);
    const usual = parseEndpoint(runs([], {}).listen).port;
    assert.match(docker, new RegExp(`^EXPOSE ${usual}$`, 'm'));
  });
});

describe('the files for Kubernetes', () => {
  const documents = parseAllDocuments(read('deploy/kubernetes/tracker.yaml')).map((document) => {
    const value: unknown = document.toJS();
    return value;
  });
  const { spec } = DEPLOYMENT.parse(documents[0]);
  const { template } = spec;
  const [container] = template.spec.containers;

  it('select the same nodes everywhere, and give each time to stop', () => {
    const { labels } = template.metadata;
    const [apart] = template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    const budget = BUDGET.parse(documents[1]);
    for (const { matchLabels } of [spec.selector, apart.labelSelector, budget.spec.selector])
      assert.deepEqual(matchLabels, labels);
    assert.ok(template.spec.terminationGracePeriodSeconds > STOP_SECONDS);
  });

  it('start nodes with options that they know, and secrets that the guide makes', () => {
    const guide = read('docs/operations.md');
    for (const { name, key } of container.env.map(({ valueFrom }) => valueFrom.secretKeyRef))
      assert.match(guide, new RegExp(`kubectl [^\n]*create secret generic ${name} [^\n]*--from-file=${key}=`));
    const invocation = runs(container.args, {
      SHOAL_TRACKER_STORE: 'postgres://tracker:secret@db.example/shoal',
      SHOAL_TRACKER_SWARM: 'redis://10.0.0.1:6379',
    });
    assert.deepEqual(container.env.map(({ name }) => name).sort(), ['SHOAL_TRACKER_STORE', 'SHOAL_TRACKER_SWARM']);
    const [{ containerPort, hostPort }] = container.ports;
    const { port } = parseEndpoint(invocation.listen);
    assert.deepEqual([containerPort, hostPort], [port, port]);
  });

  it('ask at paths that answer', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-deploy-'));
    const tracker = await startQuickTracker({ dataDir: folder });
    try {
      for (const { httpGet } of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
        assert.equal(httpGet.port, container.ports[0].name);
        const status = await new Promise((resolve, reject) => {
          const where = { host: tracker.host, port: tracker.port, path: httpGet.path, agent: false } as const;
          const call = get({ ...where, rejectUnauthorized: false }, (answer) => {
            answer.resume().once('end', () => resolve(answer.statusCode));
          });
          call.once('error', reject);
        });
        assert.equal(status, 200, httpGet.path);
      }
    } finally {
      await tracker.close();
      rmSync(folder, { recursive: true });
    }
  });
});
