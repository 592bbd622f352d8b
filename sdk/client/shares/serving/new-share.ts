import type { FileStamp } from '../../../disk/index.js';
import type { Publication } from '../../versions/publication.js';

/** A hashed file to share. */
export interface NewShare {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly manifest: Uint8Array;
  readonly stamp: FileStamp;
  /** The library already has the manifest as a file. */
  readonly isManifestKept?: boolean;
  /** The content is to be a version of the file, based on another one. */
  readonly publish?: Publication;
  /** Whether the file can be executed; undefined where the system does not say. */
  readonly executable?: boolean | undefined;
  /** The known number of the version that has this content. */
  readonly version?: number | undefined;
}
