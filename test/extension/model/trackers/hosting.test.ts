import assert from 'node:assert/strict';
import type { Group } from '@shoal/sdk';
import {
  type Absence,
  absenceToTell,
  isToHearAtShare,
  MAX_LATE_MS,
  MIN_AWAY_MS,
} from '../../../../extension/model/trackers/hosting.js';
import { GroupTree } from '../../../../extension/model/tree/group-tree.js';
import { group } from '../records.js';

const STARTED_MS = Date.UTC(2026, 10, 28, 9);

describe('the notes for users who host a tracker', () => {
  describe('at a share', () => {
    const memory = () => {
      const kept = new Map<string, boolean>();
      return {
        get: (key: string, fallback: boolean) => kept.get(key) ?? fallback,
        update: async (key: string, value: boolean) => void kept.set(key, value),
      };
    };

    it('appear once, at the first one', async () => {
      const remembered = memory();
      assert.equal(await isToHearAtShare(true, remembered), true);
      assert.equal(await isToHearAtShare(true, remembered), false);
    });

    it('do not appear if the tracker stays or runs elsewhere, and are still pending then', async () => {
      const remembered = memory();
      assert.equal(await isToHearAtShare(false, remembered), false);
      assert.equal(await isToHearAtShare(true, remembered), true);
    });
  });

  describe('after an absence', () => {
    const loaded = async (...groups: Group[]) => {
      const tree = treeOf(groups);
      await tree.refresh();
      return tree;
    };
    const treeOf = (groups: readonly Group[]) =>
      new GroupTree({
        listGroups: async () => [...groups],
        listFiles: async () => [],
        listRequests: async () => [],
      });
    const away = (groups: Absence['groups'], more: Partial<Absence> = {}): Absence => ({
      ...{ groups, awaySinceMs: STARTED_MS - 3_600_000, endsWithWindows: () => true, claim: async () => true },
      ...{ now: () => STARTED_MS, ...more },
    });

    const cases: [what: string, groups: Group[], more: Partial<Absence>, isTold: boolean][] = [
      ['an hour, and others in a group', [group('lab', { standing: 'owner' })], {}, true],
      ['an hour, and in a group of somebody else', [group('lab', { standing: 'member' })], {}, true],
      ['the shortest that counts', [group('lab')], { awaySinceMs: STARTED_MS - MIN_AWAY_MS }, true],
      ['a reload of the editor', [group('lab')], { awaySinceMs: STARTED_MS - MIN_AWAY_MS + 1 }, false],
      ['no absence: the user had ended it', [group('lab')], { awaySinceMs: null }, false],
      ['nobody else in a group', [group('lab', { standing: 'owner', members: 1 })], {}, false],
      ['others only where this user is not in', [group('lab', { standing: 'none' })], {}, false],
      ['others only where this user has asked to be let in', [group('lab', { standing: 'requested' })], {}, false],
      ['no group', [], {}, false],
      ['a tracker that stays from now on, or another in use', [group('lab')], { endsWithWindows: () => false }, false],
      ['another window that tells of it', [group('lab')], { claim: async () => false }, false],
    ];
    for (const [what, groups, more, isTold] of cases) {
      it(`${isTold ? 'appear' : 'do not appear'}: ${what}`, async () => {
        const absence = away(await loaded(...groups), more);
        assert.equal(await absenceToTell(absence), isTold ? absence.awaySinceMs : undefined);
      });
    }

    it('leave the report to a window that can make it', async () => {
      let claims = 0;
      const claim = async () => {
        claims++;
        return true;
      };
      assert.equal(await absenceToTell(away(await loaded(), { claim })), undefined);
      assert.equal(claims, 0);
      assert.ok(await absenceToTell(away(await loaded(group('lab')), { claim })));
      assert.equal(claims, 1);
    });

    it('wait until the groups are known, whatever other events arrive', async () => {
      const tree = treeOf([group('lab')]);
      const told = absenceToTell(away(tree));
      tree.clear(); // a user signed out
      await Promise.resolve();
      await tree.refresh();
      assert.equal(await told, STARTED_MS - 3_600_000);
    });

    it('do not appear for a user who signs in much later, because "until now" would be wrong', async () => {
      const tree = treeOf([group('lab')]);
      let nowMs = STARTED_MS;
      const told = absenceToTell(away(tree, { now: () => nowMs }));
      nowMs += MAX_LATE_MS + 1;
      await tree.refresh();
      assert.equal(await told, undefined);
    });
  });
});
