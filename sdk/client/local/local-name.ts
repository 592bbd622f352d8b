/** Names of devices that Windows sees in every folder, with any ending. */
const RESERVED_ON_WINDOWS = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
const FORBIDDEN_ON_WINDOWS = /[<>:"/\\|?*\p{Cc}]/gu;

/**
 * The name under which a shared file is kept on this computer. The shared name has been parsed (`parseFileName`): it has no
 * separator and is neither `.` nor `..`; what is left is what Windows alone gives another meaning.
 */
export function localFileName(sharedName: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return sharedName;
  const plain = sharedName.replace(FORBIDDEN_ON_WINDOWS, '_').replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  return RESERVED_ON_WINDOWS.test(plain) ? `_${plain}` : plain;
}
