import { basename } from 'node:path';
import type { SurveyItem, SurveyRecord } from '../../contract/contract.js';

type Secret = SurveyItem['secrets'][number];

/** A part that can be shared or left out. */
export interface PlanPart {
  readonly id: string;
  /** A path below the chosen folder, or a name. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Why it looks like secrets. */
  readonly secret: Secret | undefined;
}

/** A file or a folder to share, with what to leave out. */
export interface Order {
  readonly path: string;
  readonly isFolder: boolean;
  /** Paths in the folder. */
  readonly omit: readonly string[];
}

/** What to share, and how much. */
export interface Selection {
  readonly orders: readonly Order[];
  readonly files: number;
  readonly bytes: number;
}

/**
 * The plan of sharing files and folders: the parts that the user can leave out, and what looks like secrets, which is
 * left out unless the user includes it.
 */
export class SharePlan {
  readonly items: readonly SurveyItem[];
  /** What cannot be shared. */
  readonly broken: readonly SurveyItem[];
  /** Whether all small files were scanned. */
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

  /** The chosen file or folder, if it is only one. */
  get single(): SurveyItem | undefined {
    return this.items.length === 1 ? this.items[0] : undefined;
  }

  /** Everything except what looks like secrets. */
  byDefault(): ReadonlySet<string> {
    return new Set(this.parts.filter(({ secret }) => !secret).map(({ id }) => id));
  }

  everything(): ReadonlySet<string> {
    return new Set(this.parts.map(({ id }) => id));
  }

  /** The total of these parts. The content of an omitted folder is omitted too. */
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

  /** For a single folder, its content is the choice. */
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
