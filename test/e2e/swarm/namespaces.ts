import { fork } from 'node:child_process';
import { once } from 'node:events';
import { run } from '../../support/run.js';
import { findProgram } from '../../support/system-programs.js';

const TOOLS = ['ip', 'tc', 'unshare', 'nsenter'];
/** Time from the request to end until the process is killed. */
const TO_END_MS = 10_000;

/**
 * Creates new network, mount and process namespaces. The system removes everything in them once their first process ends, for whatever
 * reason.
 */
const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const AS_ROOT = ['--user', '--map-root-user'];

/** Named network namespaces need a folder that only the real root may write to: a temporary file system is mounted over it. */
export const PREPARE = ['mount -t tmpfs shoal-swarm /run', 'mkdir /run/netns'];

/** Tries every operation that a network needs. Nothing of it remains. */
const TRY = [
  ...PREPARE,
  'ip netns add try',
  'ip link add switch type bridge',
  'ip link add port type veth peer name eth0 netns try',
  'tc qdisc add dev port root tbf rate 50mbit burst 32kb latency 50ms',
  'nsenter --net=/run/netns/try ip link set eth0 up',
];

/** Why network namespaces cannot be created here, as a sentence that says what to do; undefined if they can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  const found = await Promise.all(TOOLS.map((tool) => findProgram(tool)));
  const missing = TOOLS.filter((_, index) => found[index] === undefined);
  if (missing.length > 0)
    return `${missing.join(', ')} not on the PATH: add /usr/sbin to it, or install iproute2 and util-linux (Linux only; Debian: apt-get install iproute2 util-linux).`;
  try {
    await run('unshare', [...unshareFlags(), 'sh', '-c', TRY.join(' && ')], { seconds: 20 });
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `No network can be made here: it takes root, or user namespaces that anybody may make (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), and a kernel with bridge, veth and tbf. ${why}`;
  }
}

/**
 * Runs a TypeScript module in new namespaces, as their first process: all that it starts ends with it, at the latest when this process
 * ends. Its messages are passed on.
 * @throws Error if it does not exit with code 0, or the signal's reason if that ended it
 */
export async function runInNamespaces(
  module: string,
  args: readonly string[],
  onMessage: (message: unknown) => void,
  { signal, env = {} }: { signal?: AbortSignal; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  signal?.throwIfAborted();
  const child = fork(module, args, {
    execPath: 'unshare',
    execArgv: [...unshareFlags(), process.execPath, '--import', 'tsx'],
    env: { ...process.env, ...env },
  });
  child.on('message', onMessage);
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    if (child.connected) child.disconnect(); // which asks it to end
    timer = setTimeout(() => child.kill('SIGKILL'), TO_END_MS);
  };
  signal?.addEventListener('abort', end);
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`${module} ended with ${code ?? killedBy}`);
  } finally {
    signal?.removeEventListener('abort', end);
    clearTimeout(timer);
  }
}

function unshareFlags(): string[] {
  return process.getuid?.() === 0 ? UNSHARE : [...AS_ROOT, ...UNSHARE];
}
