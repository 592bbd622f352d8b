import { CHANNELS, slotOf } from '../../../tracker/swarm/redis/cluster/keys.js';
import { seeded } from '../../support/seeded.js';
import type { Costs, RequestKind } from './costs.js';
import { drawCount, drawGroups, GroupPicker, type Workload } from './workload.js';

export const SLOTS = 16_384;

/** What happens in one second in the whole tier, whatever the number of its servers. */
export interface Second {
  requests: number;
  /** Seconds of CPU of all nodes together, without what depends on their number. */
  nodeCpu: number;
  postgresCpu: number;
  writes: number;
  delivered: number;
  bytes: number;
  relayedBytes: number;
  /** By slot: seconds of CPU of requests; events published. */
  readonly slotCpu: Float64Array;
  readonly slotPublished: Float64Array;
}

/** A busy hour's seconds, drawn one after the other. */
export interface Observed {
  readonly peers: number;
  readonly groups: number;
  readonly seconds: readonly Second[];
}

export interface Draws {
  readonly seconds: number;
  readonly seed: number;
  /** An event for a group is published once, and not once for each channel of its members: as the tracker does not do it. */
  readonly isToldOnce?: boolean;
}

interface Planned {
  readonly kind: RequestKind;
  readonly perDevice: number;
}

/** Requests of each kind by device in an hour. */
function plannedOf(workload: Workload): Planned[] {
  const { signIns, lists, downloads, shares, contents, groupsOfMember, sources, met } = workload;
  return [
    { kind: 'signIn', perDevice: signIns },
    { kind: 'list', perDevice: lists + signIns * groupsOfMember },
    { kind: 'lookup', perDevice: downloads },
    // A download announces its first piece and its last one; a sign-in announces everything that the device has.
    { kind: 'announce', perDevice: 2 * downloads + signIns * contents },
    { kind: 'share', perDevice: shares },
    { kind: 'meet', perDevice: downloads * sources * met },
  ];
}

/**
 * Draws some seconds of the busiest hour: groups, who asks for what in which of them, and who is told. Every peer is the device of
 * another user, and members of a group are all online, which is the most that can happen.
 */
export function observe(
  peers: number,
  workload: Workload,
  costs: Costs,
  { seconds, seed, isToldOnce = false }: Draws,
): Observed {
  const random = seeded(seed);
  const sizes = drawGroups(peers * workload.groupsOfMember, workload.groupSizes, random);
  const slots = Uint16Array.from(sizes, () => Math.floor(random() * SLOTS));
  const channelSlots = Array.from({ length: CHANNELS }, (_, channel) => slotOf(`{e:${channel}}`));
  const picker = new GroupPicker(sizes, random);
  const planned = plannedOf(workload);

  const draw = (): Second => {
    const second = emptySecond(peers, costs);
    for (const { kind, perDevice } of planned) {
      const cost = costs.requests[kind];
      const count = drawCount((peers * perDevice) / 3600, random);
      second.requests += count;
      second.nodeCpu += count * cost.node;
      second.postgresCpu += count * cost.postgres;
      second.writes += count * cost.writes;
      second.bytes += count * cost.bytes;
      for (let request = 0; request < count; request++) {
        const group = picker.draw();
        const slot = slots[group] ?? 0;
        second.slotCpu[slot] = (second.slotCpu[slot] ?? 0) + cost.redis;
        if (kind === 'share') tell(second, sizes[group] ?? 0);
      }
    }
    second.relayedBytes = (peers * workload.downloads * workload.downloadBytes * workload.relayed) / 3600;
    second.nodeCpu += second.relayedBytes * costs.relayed.node;
    second.bytes += 2 * second.relayedBytes;
    return second;
  };

  /** An event for all members of a group: once to each of their channels, and to each of them. */
  const tell = (second: Second, members: number): void => {
    second.delivered += members;
    second.nodeCpu += members * costs.delivered.node;
    second.bytes += members * costs.delivered.bytes;
    const channels = isToldOnce ? 1 : Math.round(CHANNELS * (1 - (1 - 1 / CHANNELS) ** members));
    for (let told = 0; told < channels; told++) {
      const slot = channelSlots[Math.floor(random() * CHANNELS)] ?? 0;
      second.slotPublished[slot] = (second.slotPublished[slot] ?? 0) + 1;
    }
  };

  return { peers, groups: sizes.length, seconds: Array.from({ length: seconds }, draw) };
}

function emptySecond(peers: number, { idle }: Costs): Second {
  return {
    ...{ requests: 0, postgresCpu: 0, writes: 0, delivered: 0, relayedBytes: 0 },
    nodeCpu: peers * idle.node,
    bytes: peers * idle.bytes,
    slotCpu: new Float64Array(SLOTS),
    slotPublished: new Float64Array(SLOTS),
  };
}
