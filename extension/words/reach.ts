import type { ReachRecord } from '../contract/contract.js';
import { t } from './t.js';

/** What others need to connect with this computer, in one sentence; '' if there is nothing to say. */
export function wordReach({ situation, sentence, address, openedBy, isRelayed }: ReachRecord): string {
  switch (situation) {
    case 'signedOut':
      return '';
    case 'nowhere':
      return t('Nobody on another computer can download from this one: check shoal.listen and shoal.advertise.');
    case 'relayOnly':
      return isRelayed
        ? t('All transfers take the relay of the tracker, as the settings say.')
        : t('The settings allow only the relay of the tracker, and this tracker has none: nothing can be transferred.');
    case 'unknown':
      return t('The tracker is older and does not check whether others reach this computer.');
    case 'checking':
      return t('The tracker has not yet checked whether others reach this computer.');
    case 'open':
      return openedBy === null
        ? t('Others reach this computer directly ({0}).', address ?? '')
        : t('Others reach this computer directly ({0}, opened on the router by {1}).', address ?? '', openedBy);
    case 'lan':
      return t(
        'Others in this network reach this computer directly ({0}). About others nothing is known.',
        address ?? '',
      );
    case 'local':
      return t('The tracker is on this computer, and cannot tell whether other computers reach it.');
    case 'behind':
      return isRelayed
        ? t(
            'Nobody can connect to this computer. It connects to others; if that fails, too, the relay of the tracker is used.',
          )
        : t('Nobody can connect to this computer. It connects to others; if that fails, too, there is no connection.');
    default:
      return sentence; // of a newer agent
  }
}
