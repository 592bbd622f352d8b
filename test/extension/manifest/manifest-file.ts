import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXTENSION } from '../words/source-files.js';

export interface MenuItem {
  readonly command: string;
  readonly args?: { readonly commands?: readonly (string | { readonly command: string })[] };
  readonly when?: string;
  readonly group?: string;
}

export interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly order: number;
  readonly markdownDescription: string;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly order: number;
  readonly properties: Readonly<Record<string, Setting>>;
}

export interface Manifest {
  readonly categories: readonly string[];
  readonly preview: boolean;
  readonly repository: { readonly url: string; readonly directory: string };
  readonly bugs: { readonly url: string };
  readonly homepage: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly icon: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly keybindings: readonly MenuItem[];
    readonly configuration: readonly Section[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}

export function read(name: string): string {
  return readFileSync(join(EXTENSION, name), 'utf8');
}

export const text = read('package.json');
export const manifest = JSON.parse(text) as Manifest;
export const { commands, menus, keybindings, configuration, views } = manifest.contributes;
export const properties = Object.assign(
  {},
  ...configuration.map((section) => section.properties),
) as Section['properties'];
export const contributed = commands.map(({ command }) => command);

/** The commands of an item; a key may run several, one after the other. */
export function commandsOf({ command, args }: MenuItem): string[] {
  if (command !== 'runCommands') return [command];
  return (args?.commands ?? []).map((one) => (typeof one === 'string' ? one : one.command));
}
