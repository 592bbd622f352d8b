/** Fails a run in which Node took what was done for a leak: users would see that on their terminals. */
const leaks: Error[] = [];

process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') leaks.push(warning);
});

export const mochaHooks = {
  async afterAll() {
    await new Promise(setImmediate); // warnings are told in a later turn
    const [first] = leaks;
    if (first) throw first;
  },
};
