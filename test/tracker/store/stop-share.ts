import type { SharesToStop, StoppedShare, Store } from '../../../tracker/store/store.js';

/** Ends one share. @throws ShoalError why it cannot be ended */
export async function stopShare(
  store: Store,
  { fileName, ...share }: Omit<SharesToStop, 'fileNames'> & { readonly fileName: string },
): Promise<StoppedShare> {
  const [stopped] = await store.stopShares({ ...share, fileNames: [fileName] });
  if (!stopped || 'code' in stopped) throw stopped ?? new Error('nothing was stopped');
  return stopped;
}
