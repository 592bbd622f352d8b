import { printable } from '../../../protocol/index.js';
import { PortMapError } from '../router/port-map-error.js';
import type { Conversation } from '../router/router.js';
import { httpRequest } from './bounded-http.js';
import { escapeXml, leafText } from './xml.js';

const MAX_FAULT_CHARACTERS = 80;

/** A service of a router, and where it takes calls. */
export interface Service {
  readonly type: string;
  readonly control: URL;
}

/** A call that the router answered with an error of UPnP. */
export class SoapFault extends PortMapError {
  /** UPnP's code; 0 if the answer has none. */
  readonly code: number;

  constructor(code: number, text: string) {
    super(
      'refused',
      `The router refuses to open a port: ${text} (UPnP ${code}). Allow it in the router's settings, or forward the port by hand.`,
    );
    this.code = code;
  }
}

/**
 * Calls an action of a service.
 * @returns a function that reads a value of the answer
 * @throws SoapFault, PortMapError; the signal's reason
 */
export async function callAction(
  conversation: Conversation,
  { type, control }: Service,
  action: string,
  values: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<(name: string) => string> {
  const answer = await httpRequest(
    conversation,
    {
      url: control,
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${type}#${action}"` },
      body: encodeCall(type, action, values),
    },
    signal,
  );
  if (answer.status !== 200) throw faultOf(answer.status, answer.body);
  return (name) => leafText(answer.body, name) ?? '';
}

export function encodeCall(type: string, action: string, values: Readonly<Record<string, string | number>>): string {
  const fields = Object.entries(values).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  return (
    '<?xml version="1.0"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
    `<u:${action} xmlns:u="${escapeXml(type)}">${fields.join('')}</u:${action}></s:Body></s:Envelope>\r\n`
  );
}

function faultOf(status: number, body: string): PortMapError {
  const code = leafText(body, 'errorCode') ?? '';
  const text = printable(leafText(body, 'errorDescription') ?? '').slice(0, MAX_FAULT_CHARACTERS);
  if (status === 500 && /^\d{1,5}$/.test(code)) return new SoapFault(Number(code), text || 'refused');
  return new SoapFault(0, `it answers with the HTTP status ${status}`);
}
