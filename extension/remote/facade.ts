import type { EventSource } from '../api.js';

type Listener = (...args: unknown[]) => void;

/** The part of an emitter that a façade uses. */
export interface Emitter {
  on(event: string, listener: Listener, context?: object): unknown;
  once(event: string, listener: Listener, context?: object): unknown;
  off(event: string, listener: Listener): unknown;
}

/** The members that a façade takes from its target, by name. */
export interface Members<Method, Property> {
  readonly methods: readonly Method[];
  readonly properties: readonly Property[];
}

type MethodsOf<Target> = {
  [Name in keyof Target]: Target[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Target];

type EventMap<Events> = { [Name in keyof Events]: readonly unknown[] };

/** The type of a façade. */
export type Facade<Target, Name extends keyof Target, Events extends EventMap<Events>, More> = Pick<Target, Name> &
  EventSource<Events> &
  More;

/**
 * An object with the named members of a target, the methods for listeners, and nothing else. It gives no access to the
 * target or the emitter: methods are bound, and listeners have the façade as `this`.
 * @param events emits only events for users of the façade
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

/** Without a listener, the emitter would remove all listeners, so this does nothing then. */
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
