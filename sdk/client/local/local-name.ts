/** Device names that Windows reserves in every folder, with any extension. */
const RESERVED_ON_WINDOWS = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
const FORBIDDEN_ON_WINDOWS = /[<>:"/\\|?*\p{Cc}]/gu;

/**
 * The local name of a shared file. The shared name has passed `parseFileName`: it contains no separator, and is neither
 * `.` nor `..`. Only names with a special meaning on Windows remain to be changed.
 */
export function localFileName(sharedName: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return sharedName;
  const plain = sharedName.replace(FORBIDDEN_ON_WINDOWS, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  return RESERVED_ON_WINDOWS.test(plain) ? `_${plain}` : plain;
}
