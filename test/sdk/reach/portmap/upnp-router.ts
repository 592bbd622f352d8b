import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boundSocket, EXTERNAL, type TableEntry } from './udp-router.js';

/** An answer of HTTP. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Action = (value: (name: string) => string) => Answer;

/** A UPnP router on loopback: a responder of SSDP, a description and the service that maps ports. */
export class UpnpRouter {
  readonly table = new Map<number, TableEntry>();
  /** The searches' targets, paths and actions, in order. */
  readonly asked: string[] = [];
  external = EXTERNAL;
  serviceType = 'urn:schemas-upnp-org:service:WANIPConnection:1';
  /** Absolute or relative; a hostile router names something else. */
  controlUrl = '/control';
  urlBase = '';
  /** The locations that it announces, in this order. */
  locations: string[];
  /** HTTP requests so far. */
  requests = 0;
  onlyPermanent = false;
  /** Whether it refuses to add an entry that it has. */
  refusesRenewal = false;
  /** Whether it reports success where another computer has the port. */
  claimsEverything = false;
  /** Whether it tells what an entry contains. */
  tellsEntries = true;
  /** Answers instead of it. */
  override: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** The last one that searched. */
  searcher: RemoteInfo | undefined;
  readonly #ssdp: Socket;
  readonly #http: Server;

  private constructor(ssdp: Socket, http: Server) {
    this.#ssdp = ssdp;
    this.#http = http;
    this.locations = [`${this.origin}/description.xml`];
    ssdp.on('message', (packet, from) => this.#found(packet, from));
    http.on('request', (request, response) => void this.#serve(request, response));
  }

  static async open(): Promise<UpnpRouter> {
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    return new UpnpRouter(await boundSocket(), http);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get ssdp() {
    return { address: '127.0.0.1', port: this.#ssdp.address().port };
  }

  /** The actions that were called, in order. */
  get actions(): string[] {
    return this.asked.flatMap((what) => (what.startsWith('#') ? [what.slice(1)] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ssdp.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #found(packet: Buffer, from: RemoteInfo): void {
    const target = /^ST: (.*)\r$/m.exec(packet.toString())?.[1] ?? '';
    this.asked.push(target);
    this.searcher = from;
    for (const location of this.locations) void this.announce(location, target);
  }

  /** Answers the last search. */
  announce(location: string, target = 'upnp:rootdevice'): Promise<void> {
    const lines = ['HTTP/1.1 200 OK', 'CACHE-CONTROL: max-age=120', `ST: ${target}`, 'EXT:', `Location: ${location}`];
    const { port, address } = this.searcher ?? {};
    return new Promise((sent) => this.#ssdp.send([...lines, '', ''].join('\r\n'), port, address, () => sent()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    if (this.override?.(request, response)) return;
    const path = request.url ?? '';
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const action = /#(\w+)"$/.exec(request.headers.soapaction?.toString() ?? '')?.[1];
    this.asked.push(action === undefined ? path : `#${action}`);
    const { status, body: text, headers } = action === undefined ? this.#description() : this.#call(action, body);
    response.writeHead(status, headers);
    response.end(text);
  }

  #description(): Answer {
    const service = (type: string, control: string) =>
      `<service>\n<serviceType>${type}</serviceType><serviceId>x</serviceId><controlURL>${control}</controlURL></service>`;
    const services =
      service('urn:schemas-upnp-org:service:Layer3Forwarding:1', '/other') + service(this.serviceType, this.controlUrl);
    const base = this.urlBase === '' ? '' : `<URLBase>${this.urlBase}</URLBase>`;
    return {
      status: 200,
      body: `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">${base}<device><deviceList><device><serviceList>${services}</serviceList></device></deviceList></device></root>`,
    };
  }

  #call(action: string, body: string): Answer {
    const value = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
    const run = this.#actions[action];
    return run && (this.tellsEntries || !action.startsWith('GetSpecific')) ? run(value) : fault(401, 'Invalid Action');
  }

  readonly #actions: Readonly<Record<string, Action>> = {
    GetExternalIPAddress: () => result({ NewExternalIPAddress: this.external }),
    AddPortMapping: (value) => {
      const port = Number(value('NewExternalPort'));
      const client = value('NewInternalClient');
      const leaseSeconds = Number(value('NewLeaseDuration'));
      const old = this.table.get(port);
      if (this.onlyPermanent && leaseSeconds !== 0) return fault(725, 'OnlyPermanentLeasesSupported');
      if (old && old.client !== client && this.claimsEverything) return result({});
      if (old && (old.client !== client || this.refusesRenewal)) return fault(718, 'ConflictInMappingEntry');
      this.table.set(port, { client, port: Number(value('NewInternalPort')), leaseSeconds });
      return result({});
    },
    GetSpecificPortMappingEntry: (value) => {
      const entry = this.table.get(Number(value('NewExternalPort')));
      if (!entry) return fault(714, 'NoSuchEntryInArray');
      const { client, port, leaseSeconds } = entry;
      return result({ NewInternalPort: port, NewInternalClient: client, NewLeaseDuration: leaseSeconds });
    },
    DeletePortMapping: (value) =>
      this.table.delete(Number(value('NewExternalPort'))) ? result({}) : fault(714, 'NoSuchEntryInArray'),
  };
}

function result(values: Readonly<Record<string, string | number>>): Answer {
  const fields = Object.entries(values).map(([name, value]) => `<${name}>${value}</${name}>`);
  return {
    status: 200,
    body: `<s:Envelope><s:Body><u:Response>${fields.join('\n')}</u:Response></s:Body></s:Envelope>`,
  };
}

function fault(code: number, text: string): Answer {
  return {
    status: 500,
    body: `<s:Envelope><s:Body><s:Fault><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>${code}</errorCode><errorDescription>${text}</errorDescription></UPnPError></detail></s:Fault></s:Body></s:Envelope>`,
  };
}
