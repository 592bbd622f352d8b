import type { Logger } from 'pino';
import type { TicketKeys } from '../accounts/ticket-keys.js';
import type { DataFolder } from '../data/data-folder.js';
import type { Connection } from './connections/connection.js';

export interface TicketKeyWatchParts {
  readonly tickets: Pick<TicketKeys, 'publicKeys'>;
  readonly readTicketKeys: DataFolder['readTicketKeys'];
  readonly connections: ReadonlySet<Connection>;
  readonly now: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Reads the keys of tickets from time to time, and tells clients when other ones count. */
export class TicketKeyWatch {
  readonly #parts: TicketKeyWatchParts;
  #known: string;

  constructor(parts: TicketKeyWatchParts) {
    this.#parts = parts;
    this.#known = this.#kids().toSorted().join();
  }

  /** Looks once. */
  async look(): Promise<void> {
    const { readTicketKeys, tickets, connections, now, log } = this.#parts;
    try {
      await readTicketKeys?.();
    } catch (err) {
      log.warn({ err }, 'the keys of tickets could not be read: the known ones are used until the next look');
    }
    const kids = this.#kids();
    const known = kids.toSorted().join();
    if (known === this.#known) return;
    this.#known = known;
    log.info({ kids }, 'the keys of tickets changed');
    const ticketKeys = tickets.publicKeys(now());
    for (const connection of connections) {
      if (!connection.greeted) continue;
      if (connection.accepts('ticketKeys')) connection.notify('ticketKeys', { ticketKeys });
      else connection.close(1001, 'the keys of tickets changed'); // it learns them when it connects again
    }
  }

  #kids(): string[] {
    const { tickets, now } = this.#parts;
    return tickets.publicKeys(now()).map(({ kid }) => kid);
  }
}
