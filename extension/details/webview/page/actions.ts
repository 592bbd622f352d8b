import type { DetailsSnapshot, PanelAction } from './messages.js';
import type { WordKey } from './words.js';

type State = DetailsSnapshot['state'];

const OFFERED: Readonly<Record<State, readonly PanelAction[]>> = {
  queued: ['pause', 'cancel'],
  preparing: ['cancel'],
  downloading: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  checking: ['cancel'],
  complete: ['open', 'reveal'],
  failed: ['retry', 'cancel'],
  cancelled: ['retry'],
};

export const ACTION_WORDS: Readonly<Record<PanelAction, WordKey>> = {
  pause: 'actionPause',
  resume: 'actionResume',
  retry: 'actionRetry',
  open: 'actionOpen',
  reveal: 'actionReveal',
  cancel: 'actionCancel',
};

export const STATE_WORDS: Readonly<Record<State, WordKey>> = {
  queued: 'stateQueued',
  preparing: 'statePreparing',
  downloading: 'stateDownloading',
  paused: 'statePaused',
  checking: 'stateChecking',
  complete: 'stateComplete',
  failed: 'stateFailed',
  cancelled: 'stateCancelled',
};

/** The actions for a download in a state, the most likely first. */
export function actionsFor(state: State): readonly PanelAction[] {
  return OFFERED[state];
}
