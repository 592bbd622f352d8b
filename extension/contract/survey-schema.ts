import * as z from 'zod';
import { count, problem, text } from './records-schema.js';

/** A file that looks like secrets, by its name or its content. */
const SECRET = z.object({
  /** Path below the folder, with slashes; '' for the given file itself. */
  place: text,
  bytes: count,
  kind: z.enum(['environment', 'key', 'credentials', 'content']),
  /** The rule that matched in its content. */
  rule: text.optional(),
});

const ENTRY = z.object({ name: text, isFolder: z.boolean(), files: count, bytes: count });

const SURVEY_ITEM = z.object({
  path: text,
  isFolder: z.boolean(),
  /** Number of files, without those that look like secrets; the same for `entries`. */
  files: count,
  bytes: count,
  /** The entries at the top of a folder. */
  entries: z.array(ENTRY),
  secrets: z.array(SECRET),
  /** Number of files that cannot be shared: links, unreadable files. */
  skipped: count,
  /** Why nothing of it can be shared. */
  problem: problem.nullable(),
});

export const SURVEY = z.object({
  items: z.array(SURVEY_ITEM),
  /** Whether every small file was scanned. */
  isWhole: z.boolean(),
});

export type SurveyItem = z.infer<typeof SURVEY_ITEM>;
export type SurveyRecord = z.infer<typeof SURVEY>;
