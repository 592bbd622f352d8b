import * as z from 'zod';
import { count, problem, text } from './records-schema.js';

/** A file that looks like one of secrets, by its name or by what is in it. */
const SECRET = z.object({
  /** Below the folder, with slashes; '' for the file itself that was asked for. */
  place: text,
  bytes: count,
  kind: z.enum(['environment', 'key', 'credentials', 'content']),
  /** The rule that found something in it. */
  rule: text.optional(),
});

const ENTRY = z.object({ name: text, isFolder: z.boolean(), files: count, bytes: count });

const SURVEY_ITEM = z.object({
  path: text,
  isFolder: z.boolean(),
  /** What looks like secrets is not among these, nor in the entries. */
  files: count,
  bytes: count,
  /** What stands at the top of a folder. */
  entries: z.array(ENTRY),
  secrets: z.array(SECRET),
  /** How much of a folder cannot be shared: links, what cannot be read. */
  skipped: count,
  /** Why nothing of it can be shared. */
  problem: problem.nullable(),
});

export const SURVEY = z.object({
  items: z.array(SURVEY_ITEM),
  /** Whether every small file was looked into. */
  isWhole: z.boolean(),
});

export type SurveyItem = z.infer<typeof SURVEY_ITEM>;
export type SurveyRecord = z.infer<typeof SURVEY>;
