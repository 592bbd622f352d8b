import type { Group } from '@shoal/sdk';
import type { App } from '../app.js';
import { askChoice, type Choice, type Place } from '../editor/ask.js';
import { settings } from '../editor/settings.js';
import { EditorError, t } from '../words/index.js';
import { login } from './account-commands.js';
import { findTracker } from './tracker-commands.js';

/** Leads to where something can be asked for: a tracker, and someone signed in there. False when the user turned away. */
export async function ensureSignedIn(app: App): Promise<boolean> {
  if (settings.trackerText === '') await findTracker(app);
  if (settings.trackerText === '') return false;
  await app.client.open();
  if (app.client.userId === undefined) await app.client.settled(); // a session of before may be on its way
  if (app.client.userId === undefined) await login(app);
  return app.client.userId !== undefined;
}

/** The groups, asked for when they are not known yet. */
export async function knownGroups(app: App): Promise<Group[]> {
  if (!app.groups.isLoaded) await app.groups.refresh();
  return app.groups.groups();
}

/** Asks which group. @throws EditorError when there is none to choose from */
export async function askGroup(
  app: App,
  question: { title: string; place?: Place | undefined; none: string },
  suits: (group: Group) => boolean,
): Promise<string | symbol | undefined> {
  const groups = (await knownGroups(app)).filter(suits);
  if (groups.length === 0) throw new EditorError('INVALID_ARGUMENT', question.none);
  const choices = groups.map(
    (group): Choice<string> => ({
      label: group.groupId,
      description: group.standing === 'owner' ? t('owner') : t('owned by {0}', group.ownerId),
      value: group.groupId,
    }),
  );
  return askChoice({ title: question.title, placeholder: t('Choose a group'), place: question.place }, choices);
}
