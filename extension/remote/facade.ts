import type { EventSource } from '../api.js';

type Listener = (...args: unknown[]) => void;

/** What a façade uses of an emitter. */
export interface Emitter {
  on(event: string, listener: Listener, context?: object): unknown;
  once(event: string, listener: Listener, context?: object): unknown;
  off(event: string, listener: Listener): unknown;
}

/** The members that a façade takes over from its target, by name. */
export interface Members<Method, Property> {
  readonly methods: readonly Method[];
  readonly properties: readonly Property[];
}

type MethodsOf<Target> = {
  [Name in keyof Target]: Target[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Target];

type EventMap<Events> = { [Name in keyof Events]: readonly unknown[] };

/** What a façade of such a target has. */
export type Facade<Target, Name extends keyof Target, Events extends EventMap<Events>, More> = Pick<Target, Name> &
  EventSource<Events> &
  More;

/**
 * An object with the named members of a target, the methods that listen to events, and nothing else. It leads neither to the target nor to the
 * emitter: methods are bound, and a listener has the façade as `this`.
 * @param events emits only what users of the façade may hear
 * @param more members that the target does not have in this form
 */
export function facadeOf<
  Target extends object,
  Method extends MethodsOf<Target>,
  Property extends keyof Target,
  Events extends EventMap<Events>,
  More extends object,
>(
  target: Target,
  { methods, properties }: Members<Method, Property>,
  events: Emitter,
  more: More,
): Facade<Target, Method | Property, Events, More> {
  const facade: object = {};
  const members: PropertyDescriptorMap = {};
  for (const name of properties) members[String(name)] = { get: () => target[name], enumerable: true };
  const methodsOfTarget = methods.map((name): [string, unknown] => [String(name), boundTo(target, target[name])]);
  const values = { ...Object.fromEntries(methodsOfTarget), ...listening(events, facade), ...more };
  for (const [name, value] of Object.entries(values)) members[name] = { value, enumerable: true };
  return Object.freeze(Object.defineProperties(facade, members)) as Facade<Target, Method | Property, Events, More>;
}

function boundTo(target: object, method: unknown): unknown {
  return typeof method === 'function' ? (...args: unknown[]): unknown => Reflect.apply(method, target, args) : method;
}

/** Without a listener the emitter would remove those of others, so this does nothing then. */
function listening(events: Emitter, facade: object): Record<keyof EventSource<object>, unknown> {
  const add = (method: 'on' | 'once') => (event: string, listener: Listener) => {
    events[method](event, listener, facade);
    return facade;
  };
  const remove = (event: string, listener: Listener) => {
    if (typeof listener === 'function') events.off(event, listener);
    return facade;
  };
  return { on: add('on'), once: add('once'), off: remove, addListener: add('on'), removeListener: remove };
}
