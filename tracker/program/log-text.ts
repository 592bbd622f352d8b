import { parseJson, printable } from '@shoal/sdk/protocol';
import * as z from 'zod';

const LINE = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default('') });
const ERROR = z.object({ message: z.string(), stack: z.string().optional() });

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'warn ', 50: 'ERROR', 60: 'FATAL' };

/** Fields that are the same in every line, which a person at the terminal does not need. */
const LEFT_OUT: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'err']);

/**
 * Formats a log line for a person at a terminal: time, level, message, fields. It escapes control characters in names.
 * Other lines stay as they are.
 */
export function logText(json: string): string {
  const line = LINE.safeParse(parseJson(json));
  if (!line.success) return json;
  const { level, time, msg, err } = line.data;
  const facts = Object.entries(line.data)
    .filter(([key]) => !LEFT_OUT.has(key))
    .map(([key, value]) => `  ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = `${formatTime(new Date(time))} ${LEVELS[level] ?? String(level)} ${msg}${facts.join('')}`;
  const error = ERROR.safeParse(err);
  const trace = error.success ? (error.data.stack ?? error.data.message).split('\n') : [];
  return [head, ...trace.map((text) => `    ${text}`)].map((text) => `${printable(text)}\n`).join('');
}

/** Local time: `2026-05-01 13:37:00`. */
function formatTime(time: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}
