import { extname } from 'node:path';

/**
 * Files that a program of the system shows instead of the editor: audio, video and documents. No executable formats
 * (`exe`, `docm`), because the files come from others.
 */
const ENDINGS: ReadonlySet<string> = new Set(
  `aac aif aiff flac m4a mid midi mp3 oga ogg opus wav wma
  3gp avi flv m2ts m4v mkv mov mp4 mpeg mpg mts ogv webm wmv
  doc docx odp ods odt pdf pps ppsx ppt pptx rtf xls xlsx epub`
    .split(/\s+/)
    .map((ending) => `.${ending}`),
);

/** Whether a file opens in the system's program instead of the editor. */
export function hasOwnProgram(path: string): boolean {
  return ENDINGS.has(extname(path).toLowerCase());
}
