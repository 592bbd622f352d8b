import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { Internet } from '../../e2e/reach/internet.js';
import { limitLine } from '../../e2e/reach/line-rate.js';
import { Stage } from '../../e2e/support/processes.js';
import type { Host } from '../../e2e/swarm/network.js';
import { memberAtTerminal, ownerAtTerminal } from './at-terminal.js';
import {
  EXCHANGE_OPTIONS,
  type Exchange,
  type ExchangeOptions,
  FETCHED,
  type Home,
  INVITATION,
  MEMBER,
  type Member,
  OWNER,
  type Owner,
  READ,
} from './messages.js';
import { PersonProcess } from './person-process.js';

/** The first process of the namespaces: it makes a tracker and two homes, and has the two persons exchange the file. */

const OWNER_MODULE = fileURLToPath(new URL('owner.ts', import.meta.url));
const MEMBER_MODULE = fileURLToPath(new URL('member.ts', import.meta.url));

async function exchange(options: ExchangeOptions): Promise<Exchange> {
  await using stage = await Stage.open();
  const internet = await Internet.open();
  const tracker = await stage.startTracker({ host: internet.tracker.address, within: internet.tracker.within });
  const home = async (name: string, { line }: Home): Promise<Host> => {
    const host = await internet.host(name, line);
    if (options.megabits > 0) await limitLine(host, line, options.megabits);
    return host;
  };
  const editors: PersonProcess[] = [];
  const atEditor = (module: string, args: readonly string[], host: Host) => {
    const editor = new PersonProcess(module, args, host);
    editors.push(editor);
    return editor;
  };
  const hosts = { owner: await home(OWNER, options.owner), member: await home(MEMBER, options.member) };
  const { sizeMib, locale = '' } = options;
  const owner =
    options.owner.program === 'editor'
      ? ownerAtEditor(atEditor(OWNER_MODULE, [String(sizeMib)], hosts.owner))
      : ownerAtTerminal(stage, hosts.owner, sizeMib);
  const member =
    options.member.program === 'editor'
      ? memberAtEditor(atEditor(MEMBER_MODULE, [locale], hosts.member))
      : memberAtTerminal(stage, hosts.member);

  const { link, sha1 } = await owner.invite(tracker.url);
  await member.join(link);
  await owner.letIn();
  const [readByOwner, fetched] = await Promise.all([owner.watch(), member.fetch()]);
  assert.equal(fetched.sha1, sha1, 'the file is wrong');
  await Promise.all(editors.map((editor) => editor.close()));
  const { seconds, source, read: readByMember } = fetched;
  return { seconds, source, readByOwner, readByMember };
}

function ownerAtEditor(editor: PersonProcess): Owner {
  return {
    invite: (tracker) => editor.call('invite', INVITATION, tracker),
    letIn: () => editor.call('letIn', z.undefined()),
    watch: () => editor.call('watch', READ),
  };
}

function memberAtEditor(editor: PersonProcess): Member {
  return {
    join: (link) => editor.call('join', z.undefined(), link),
    fetch: () => editor.call('fetch', FETCHED),
  };
}

/** The parent is gone: the system ends all other processes together with this one. */
const end = () => process.exit(1);
process.once('disconnect', end);
process.send?.(await exchange(EXCHANGE_OPTIONS.parse(JSON.parse(process.argv[2] ?? ''))));
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
