/** The path of a file. */
interface Placed {
  readonly fileName: string;
  readonly sizeBytes: number;
}

/** The content of a folder at all depths. */
export interface FolderFigures {
  readonly files: number;
  readonly bytes: number;
}

interface Folder {
  files: number;
  bytes: number;
  readonly folders: string[];
  readonly fileNames: string[];
  isSorted: boolean;
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** The folders of paths. Each file is counted once, and a folder is sorted when it is opened. The top is ''. */
export class FileFolders {
  readonly #folders = new Map<string, Folder>();

  constructor(files: Iterable<Placed>) {
    this.#make('');
    for (const file of files) this.#add(file);
  }

  /** Undefined if there is no such folder. */
  figures(folder: string): FolderFigures | undefined {
    return this.#folders.get(folder);
  }

  /** The paths of the direct children of a folder, each list sorted by name. */
  children(folder: string): { readonly folders: readonly string[]; readonly fileNames: readonly string[] } {
    const found = this.#folders.get(folder);
    if (!found) return { folders: [], fileNames: [] };
    if (!found.isSorted) {
      found.folders.sort(byName);
      found.fileNames.sort(byName);
      found.isSorted = true;
    }
    return found;
  }

  #add({ fileName, sizeBytes }: Placed): void {
    let parent = this.#make('');
    count(parent, sizeBytes);
    for (let slash = fileName.indexOf('/'); slash >= 0; slash = fileName.indexOf('/', slash + 1)) {
      const path = fileName.slice(0, slash);
      const isNew = !this.#folders.has(path);
      const folder = this.#make(path);
      if (isNew) parent.folders.push(path);
      count(folder, sizeBytes);
      parent = folder;
    }
    parent.fileNames.push(fileName);
  }

  #make(path: string): Folder {
    const known = this.#folders.get(path);
    if (known) return known;
    const made: Folder = { files: 0, bytes: 0, folders: [], fileNames: [], isSorted: false };
    this.#folders.set(path, made);
    return made;
  }
}

/** Whether a file is in a folder, at any depth. */
export function isIn(folder: string, fileName: string): boolean {
  return fileName.startsWith(`${folder}/`);
}

function count(folder: Folder, sizeBytes: number): void {
  folder.files++;
  folder.bytes += sizeBytes;
}

function byName(a: string, b: string): number {
  return COLLATOR.compare(a, b) || (a < b ? -1 : 1);
}
