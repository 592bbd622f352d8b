import { basename } from 'node:path';
import type { SurveyItem, SurveyRecord } from '../contract/contract.js';

type Secret = SurveyItem['secrets'][number];

/** A part that can be shared or left out. */
export interface PlanPart {
  readonly id: string;
  /** A path below what was chosen, or its name. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly files: number;
  readonly bytes: number;
  /** What makes it look like secrets. */
  readonly secret: Secret | undefined;
}

/** A file or a folder that is to be shared, less what is left out of it. */
export interface Order {
  readonly path: string;
  readonly isFolder: boolean;
  /** Places in the folder. */
  readonly omit: readonly string[];
}

/** What is to be shared, and how much that is. */
export interface Selection {
  readonly orders: readonly Order[];
  readonly files: number;
  readonly bytes: number;
}

/** What sharing some files and folders comes to: its parts, which the user can leave out, and what looks like secrets, which is left out unless he wants it. */
export class SharePlan {
  readonly items: readonly SurveyItem[];
  /** What cannot be shared at all. */
  readonly broken: readonly SurveyItem[];
  /** Whether all small files were looked into. */
  readonly isWhole: boolean;
  readonly parts: readonly PlanPart[];

  constructor({ items, isWhole }: SurveyRecord) {
    this.items = items.filter(({ problem }) => problem === null);
    this.broken = items.filter(({ problem }) => problem !== null);
    this.isWhole = isWhole;
    const ordinary = this.#only ? entriesOf(this.#only) : this.items.flatMap(wholeOf);
    this.parts = [...ordinary, ...this.items.flatMap((item) => secretsOf(item, item === this.#only))];
  }

  get secrets(): readonly Secret[] {
    return this.items.flatMap(({ secrets }) => secrets);
  }

  /** The one file or folder that was chosen. */
  get single(): SurveyItem | undefined {
    return this.items.length === 1 ? this.items[0] : undefined;
  }

  /** All but what looks like secrets. */
  byDefault(): ReadonlySet<string> {
    return new Set(this.parts.filter(({ secret }) => !secret).map(({ id }) => id));
  }

  everything(): ReadonlySet<string> {
    return new Set(this.parts.map(({ id }) => id));
  }

  /** What these parts come to. What stands in a folder that is left out is left out with it. */
  select(ids: ReadonlySet<string>): Selection {
    const out = this.parts.filter(({ id }) => !ids.has(id));
    const outside = out.filter(({ isFolder, secret }) => isFolder && !secret).map(({ id }) => id);
    const isIn = ({ id }: PlanPart) => ids.has(id) && !outside.some((folder) => id.startsWith(`${folder}/`));
    const taken = this.parts.filter(isIn);
    const orders = this.items.flatMap(({ path, isFolder }): Order[] => {
      const inside = (part: PlanPart) => part.id === path || part.id.startsWith(`${path}/`);
      if (!taken.some(inside)) return [];
      const omit = out.filter((part) => inside(part) && part.id !== path).map(({ id }) => id.slice(path.length + 1));
      return [{ path, isFolder, omit }];
    });
    return { orders, files: sum(taken, 'files'), bytes: sum(taken, 'bytes') };
  }

  /** A folder alone is chosen from by what stands in it. */
  get #only(): SurveyItem | undefined {
    return this.single?.isFolder ? this.single : undefined;
  }
}

function entriesOf({ path, entries }: SurveyItem): PlanPart[] {
  return entries.map((entry) => ({ ...entry, id: `${path}/${entry.name}`, secret: undefined }));
}

function wholeOf({ path, isFolder, files, bytes }: SurveyItem): PlanPart[] {
  return files === 0 ? [] : [{ id: path, name: basename(path), isFolder, files, bytes, secret: undefined }];
}

function secretsOf({ path, isFolder, secrets }: SurveyItem, isAlone: boolean): PlanPart[] {
  return secrets.map((secret) => ({
    id: isFolder ? `${path}/${secret.place}` : path,
    name: isAlone ? secret.place : isFolder ? `${basename(path)}/${secret.place}` : basename(path),
    ...{ isFolder: false, files: 1, bytes: secret.bytes, secret },
  }));
}

function sum(parts: readonly PlanPart[], what: 'files' | 'bytes'): number {
  return parts.reduce((total, part) => total + part[what], 0);
}
