import { messageBytes, type Source } from '@shoal/sdk/protocol';

/** A source of one of many files; `device` is an index into the list of devices in the answer. */
export interface PlacedSource {
  readonly device: number;
  readonly complete: boolean;
}

/** Bytes of the devices in an answer, so that it fits into a message whatever the names. */
const MAX_DEVICES_BYTES = 192 * 1024;

/**
 * Lists the sources of many files, with each device once. If there is not enough room, every file gets a first source
 * before any gets a second one.
 */
export function placeSources(sources: readonly (readonly Source[])[]): {
  placed: PlacedSource[][];
  devices: Omit<Source, 'complete'>[];
} {
  const placed = sources.map((): PlacedSource[] => []);
  const devices: Omit<Source, 'complete'>[] = [];
  const places = new Map<string, number>();
  let left = MAX_DEVICES_BYTES;
  const placeOf = (device: Omit<Source, 'complete'>): number | undefined => {
    const known = places.get(device.deviceId);
    if (known !== undefined) return known;
    const bytes = messageBytes(device) + 1;
    if (bytes > left) return undefined;
    left -= bytes;
    places.set(device.deviceId, devices.length);
    return devices.push(device) - 1;
  };
  const most = sources.reduce((length, one) => Math.max(length, one.length), 0);
  for (let rank = 0; rank < most; rank++) {
    for (const [index, ofFile] of sources.entries()) {
      const source = ofFile[rank];
      if (!source) continue;
      const { complete, ...device } = source;
      const place = placeOf(device);
      if (place !== undefined) placed[index]?.push({ device: place, complete });
    }
  }
  return { placed, devices };
}
