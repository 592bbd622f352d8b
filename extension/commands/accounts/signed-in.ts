import type { Group } from '@shoal/sdk';
import type { App } from '../../app.js';
import { askChoice, type Choice, type Place } from '../../editor/ask.js';
import { settings } from '../../editor/settings.js';
import { errorFrom } from '../../remote/error-from.js';
import { EditorError, type NextStep, t } from '../../words/index.js';
import { signInOrUp } from './account-commands.js';
import { findTracker } from './tracker-commands.js';

/** Makes sure that a tracker is set and a user is signed in. Returns false if the user cancels. */
export async function ensureSignedIn(app: App): Promise<boolean> {
  if (settings.trackerText === '') await findTracker(app);
  if (settings.trackerText === '') return false;
  await app.client.open();
  if (app.client.userId === undefined) await app.client.settled(); // an earlier session may be resuming
  if (app.client.userId === undefined) {
    const { link, problem } = app.client.mirror.status;
    if (link !== 'online' && problem) throw errorFrom(problem); // before a password is asked for in vain
    await signInOrUp(app);
  }
  return app.client.userId !== undefined;
}

/** The groups; asks the tracker if they are unknown. */
export async function knownGroups(app: App): Promise<Group[]> {
  if (!app.groups.isLoaded) await app.groups.refresh();
  return app.groups.groups();
}

interface GroupQuestion {
  readonly title: string;
  readonly place?: Place | undefined;
  /** The text if there is no group to choose from, and the next step. */
  readonly none: string;
  readonly next?: NextStep;
}

/** The text for a user without groups. */
export function inNoGroup(): Pick<GroupQuestion, 'none' | 'next'> {
  return {
    none: t('You are not in a group yet: create one, or ask to join one.'),
    next: { label: t('Create Group…'), command: 'shoal.createGroup' },
  };
}

/** Asks for a group. @throws EditorError if there is none to choose from */
export async function askGroup(
  app: App,
  question: GroupQuestion,
  suits: (group: Group) => boolean,
): Promise<string | symbol | undefined> {
  const groups = (await knownGroups(app)).filter(suits);
  if (groups.length === 0) throw new EditorError('INVALID_ARGUMENT', question.none, question.next);
  const choices = groups.map(
    (group): Choice<string> => ({
      label: group.groupId,
      description: group.standing === 'owner' ? t('owner') : t('owned by {0}', group.ownerId),
      value: group.groupId,
    }),
  );
  return askChoice({ title: question.title, placeholder: t('Choose a group'), place: question.place }, choices);
}
