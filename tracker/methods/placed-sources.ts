import { messageBytes, type Source } from '@shoal/sdk/protocol';

/** A source of one of many files, by its device's place in the answer. */
export interface PlacedSource {
  readonly device: number;
  readonly complete: boolean;
}

/** Bytes of devices in an answer: with them it is no longer than a message, whatever names files and hosts have. */
const MAX_DEVICES_BYTES = 192 * 1024;

/**
 * The sources of many files, each device written once. Where there is no room for all, every file has a first source before
 * any has a second.
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
    const bytes = messageBytes(device) + 1;
    if (known !== undefined || bytes > left) return known;
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
