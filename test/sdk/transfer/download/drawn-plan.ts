import { DownloadPlan } from '../../../../sdk/transfer/download/download-plan.js';
import type { Assignment } from '../../../../sdk/transfer/download/plan-messages.js';
import { seeded } from '../../../support/seeded.js';
import { pieces } from '../drawing.js';

/** Sources. */
export const A = 1;
export const B = 2;
export const C = 3;
export const D = 4;

export interface Drawn {
  /** What is verified when it begins; its length is the file's. */
  readonly ours: string;
  /** What each ready source has, by id. */
  readonly sources?: Readonly<Record<number, string>>;
  readonly maxPieces?: number;
}

/** A plan at the beginning of a situation. */
export function drawn({ ours, sources = {}, maxPieces = 64 }: Drawn): DownloadPlan {
  const plan = new DownloadPlan({
    pieceCount: ours.length,
    pieceBytes: 524_288,
    verified: pieces(ours),
    random: seeded(3),
    limits: { maxPieces, initialPieces: Math.min(4, maxPieces) },
  });
  for (const [id, has] of Object.entries(sources)) {
    plan.addSource(Number(id), 0);
    plan.sourceReady(Number(id), pieces(has), 0);
  }
  return plan;
}

/** The pieces asked of each source, sorted. */
export function bySource(assignments: readonly Assignment[]): Record<number, number[]> {
  const asked: Record<number, number[]> = {};
  for (const { source, piece } of assignments) asked[source] = [...(asked[source] ?? []), piece];
  for (const list of Object.values(asked)) list.sort((a, b) => a - b);
  return asked;
}

/** The number of pieces asked of each source. */
export function counts(assignments: readonly Assignment[]): Record<number, number> {
  return Object.fromEntries(Object.entries(bySource(assignments)).map(([id, list]) => [id, list.length]));
}
