/** The words that commands take. Their names are those that the syntax shows. */
export const USER = { name: 'user_id', kind: 'user' } as const;
export const PASSWORD = { name: 'passwd', kind: 'password' } as const;
export const NEW_PASSWORD = { name: 'new_passwd', kind: 'password' } as const;
export const NEW_GROUP = { name: 'group_id', kind: 'newGroup' } as const;
export const ANY_GROUP = { name: 'group_id', kind: 'anyGroup' } as const;
export const GROUP = { name: 'group_id', kind: 'group' } as const;
export const MEMBER = { name: 'user_id', kind: 'member' } as const;
export const REQUESTER = { name: 'user_id', kind: 'requester' } as const;
export const FILE = { name: 'filename', kind: 'file' } as const;
export const FOLDER = { name: 'folder', kind: 'folder' } as const;
export const SHARE = { name: 'file_name', kind: 'share' } as const;
export const DOWNLOAD = { name: 'filename', kind: 'download' } as const;
export const FOLDER_PATH = { name: 'folderpath', kind: 'path' } as const;
export const FILE_PATH = { name: 'filepath', kind: 'path' } as const;
export const DESTINATION = { name: 'dest_path', kind: 'path' } as const;
export const COMMAND = { name: 'command', kind: 'command', optional: true } as const;
