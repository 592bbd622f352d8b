import { drawn, seeded, testSeed } from '../../support/seeded.js';
import { SharingScene, STEPS, WAYS, WITHDRAWALS } from './killing-sharing.js';

/** A sample: `npm run bench -- kill` plays every way at every step. */
const SEED = testSeed();

/** Uses real processes. */
describe(`a client that is killed while it shares (seed ${SEED})`, function () {
  this.timeout(120_000);

  let scene: SharingScene;
  before(async () => {
    scene = await SharingScene.open();
  });
  afterEach(() => scene.killAll());
  after(() => scene.close());

  const random = seeded(SEED);
  for (const [step, { when }] of STEPS.entries()) {
    const way = drawn(random, WAYS.length);
    it(`${WAYS[way]?.what}, when ${when}, leaves nothing listed that it does not know, and serves what is listed`, () =>
      scene.play(way, step));
  }

  const withdrawals = Object.entries(WITHDRAWALS);
  const [when, moment] = withdrawals[drawn(random, withdrawals.length)] ?? [];
  it(`and withdraws files that are gone, when ${when}, has withdrawn them and nothing else in the end`, () =>
    scene.withdraw(moment as NonNullable<typeof moment>));
});
