/** Fails a run in which Node warns of a leak: users would see that warning on their terminals. */
const leaks: Error[] = [];

process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') leaks.push(warning);
});

export const mochaHooks = {
  async afterAll() {
    await new Promise(setImmediate); // Node emits warnings in a later turn
    const [first] = leaks;
    if (first) throw first;
  },
};
