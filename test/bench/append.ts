import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stage } from '../e2e/support/processes.js';
import { randomFile, sha1Of, signUp } from '../e2e/support/scenes.js';

/** Measures what a new version costs a device that has the old one: bytes appended to a file, with real processes. */

const HELP = `npm run bench -- append [--size MIB] [--append MIB]
Shares a file of MIB (1024) and downloads it. Then it appends MIB (1), publishes the new version, and downloads that: the time, and the bytes that
were on the device already.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    append: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.size), Number(values.append));

async function bench(sizeMib: number, appendMib: number): Promise<void> {
  await using stage = await Stage.open();
  const info = await stage.trackerInfo(await stage.startTracker());
  const path = stage.path('log.bin');
  randomFile(path, sizeMib * 2 ** 20);
  const [author, reader] = [stage.startPeer('author', info), stage.startPeer('reader', info)];
  await signUp(author, 'author');
  await author.say('create_group bench');
  await signUp(reader, 'reader');
  await reader.say('join_group bench');
  await author.say('accept_request bench reader');
  const report = async (what: string, work: () => Promise<string>) => {
    const startedMs = performance.now();
    const answer = await work();
    process.stdout.write(`${what}: ${((performance.now() - startedMs) / 1000).toFixed(2)} s; ${answer}\n`);
  };
  const download = async (folder: string) => {
    await reader.say(`download_file bench log.bin ${folder}`);
    await reader.say('wait_downloads');
    const lines = await reader.list('show_downloads');
    if (sha1Of(join(folder, 'log.bin')) !== sha1Of(path)) throw new Error('The copy differs from the file.');
    return lines.find((line) => line.includes(folder)) ?? '';
  };
  const [first, second] = [await stage.subfolder('first'), await stage.subfolder('second')];
  await report('shared', () => author.say(`upload_file ${path} bench`));
  await report('downloaded', () => download(first));
  appendFileSync(path, Buffer.alloc(appendMib * 2 ** 20, 'appended'));
  await report('published', () => author.say(`upload_file ${path} bench`));
  await report('downloaded', () => download(second));
}
