import type { ReachRecord } from '../contract/contract.js';
import { t } from './t.js';

/** What others need to connect with this computer, in one sentence; '' if there is nothing to say. */
export function wordReach({ situation, sentence, address, openedBy, noMapping, isRelayed }: ReachRecord): string {
  switch (situation) {
    case 'signedOut':
      return '';
    case 'nowhere':
      return t('Nobody on another computer can download from this one: check shoal.listen and shoal.advertise.');
    case 'relayOnly':
      return isRelayed
        ? t('All transfers take the relay of the tracker, as the settings say.')
        : t('The settings allow only the relay of the tracker, and this tracker has none: nothing can be transferred.');
    case 'noLocalNetwork':
      return t(
        'The local network is closed to Visual Studio Code: allow it in System Settings, Privacy & Security, Local Network.',
      );
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
      return [wordBehind(isRelayed), wordNoMapping(noMapping)].filter((part) => part !== '').join(' ');
    case 'filtered':
      return isRelayed
        ? t(
            'Only the tracker can be reached from here, as a firewall lets nothing else out. Its relay carries the data.',
          )
        : t(
            'Only the tracker can be reached from here, as a firewall lets nothing else out: nothing can be transferred.',
          );
    default:
      return sentence; // of a newer agent
  }
}

function wordBehind(isRelayed: boolean): string {
  return isRelayed
    ? t(
        'A router or a firewall lets nobody in, so this computer connects to the others; if that fails, too, the relay of the tracker is used.',
      )
    : t(
        'A router or a firewall lets nobody in, so this computer connects to the others; if that fails, too, there is no connection.',
      );
}

/** Why the router opens no port, if somebody could change that; '' otherwise. */
function wordNoMapping(reason: string | null): string {
  switch (reason ?? '') {
    case 'off':
      return t('The router could open a port for it, but shoal.portMapping is off.');
    case 'noAnswer':
      return t('The router could let others in: turn on PCP, NAT-PMP or UPnP in its settings.');
    case 'refused':
      return t('The router refuses to open a port: its settings have to allow it.');
    case 'conflict':
      return t('The router opens no port, because other computers have all that were asked for.');
    case 'doubleNat':
      return t('Another router is between the router and the Internet, so a port that it opens reaches nobody.');
    case 'dead':
      return t('The router says that it has opened a port, but nobody gets through from outside: restart it.');
    default:
      return '';
  }
}
