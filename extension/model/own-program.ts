import { extname } from 'node:path';

/**
 * What the editor cannot show, and a program of its own does: sound, films and documents. Nothing that runs by itself: a name that says
 * so (`exe`, `docm`) is no reason to start a program for what came from others.
 */
const ENDINGS: ReadonlySet<string> = new Set(
  `aac aif aiff flac m4a mid midi mp3 oga ogg opus wav wma
  3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv
  doc docx odp ods odt pdf pps ppsx ppt pptx rtf xls xlsx epub`
    .split(/\s+/)
    .map((ending) => `.${ending}`),
);

/** Whether a file is opened by the system's program for it, and not in the editor. */
export function hasOwnProgram(path: string): boolean {
  return ENDINGS.has(extname(path).toLowerCase());
}
