/**
 * Module: what every layer and network is. Parameters, buffers and children are plain properties; names in the state
 * dict are property paths in PyTorch's spelling. The manner of tinygrad and MLX, the names of `torch.nn.Module`.
 */
import { inferenceMode } from '../engine/autograd';
import { clearGrad } from '../engine/autograd/grads';
import { unobserved } from '../engine/recording/fields';
import { guard } from '../engine/recording/guards';
import { held, type Holder, registerHolder } from '../engine/recording/holders';
import * as tf from '../engine/tf';
import { withMode } from './mode';
import { isBuffer, isParameter, markListed } from './parameter';
import { LoadReport, loadState, snakeCase } from './state';

/** A module that maps one tensor to one tensor, as `Sequential` chains them. */
export interface Layer extends Module {
  /** Computes the layer's output; each class says of which shapes. */
  forward(x: tf.Tensor): tf.Tensor;
}

/**
 * The base of all layers and networks. Variables and modules in plain properties are its parameters and children. Those
 * in an array, a map or an object are refused where they would be overlooked: they belong into a `ModuleList`. What
 * stands in a `#private` field cannot be seen and is no part of the module, as a teacher that is only asked.
 */
export abstract class Module implements Holder {
  /**
   * Names in the state dict of properties whose own spelling would give others, for weights that come from elsewhere.
   * @example
   * class Block extends nn.Module {
   *   static override readonly stateNames = { downConv: 'downConv' }; // not down_conv
   *   readonly downConv = new nn.Conv2d(3, 8, 3);
   *   forward(x: tf.Tensor4D) {
   *     return this.downConv.forward(x);
   *   }
   * }
   */
  static readonly stateNames: Readonly<Record<string, string>> = {};

  #training = true;

  constructor() {
    registerHolder(this);
  }

  /** Computes the module's output; each class says of which shapes. */
  abstract forward(...inputs: never[]): unknown;

  /** Whether dropout drops and batch norm uses the batch's own statistics; set by `train()` and `eval()`. */
  get training(): boolean {
    return guard(() => this.#training);
  }

  /** Sets this module and all below it to training mode (or, with `false`, to evaluation). */
  train(mode = true): this {
    for (const [, module] of this.namedModules()) module.setTraining(mode);
    return this;
  }

  /** Sets the mode of this module alone. */
  setTraining(mode: boolean): void {
    this.#training = mode;
  }

  /** Sets this module and all below it to evaluation mode. */
  eval(): this {
    return this.train(false);
  }

  /** `nn.withMode` of this module, for the engine, which knows no modules. */
  withMode<T>(mode: 'train' | 'eval', body: () => T): T {
    return withMode(this, mode, body);
  }

  /** Says for all parameters whether they are trained: `requires_grad_`; for one of them set its `trainable`. */
  requiresGrad(mode = true): this {
    for (const variable of this.parameters()) variable.trainable = mode;
    return this;
  }

  /** The same by PyTorch's own name. */
  requiresGrad_(mode = true): this {
    return this.requiresGrad(mode);
  }

  /** Forgets the gradients that have collected in the parameters; with `setToNone: false` they become zeros. */
  zeroGrad({ setToNone = true } = {}): void {
    for (const parameter of this.parameters()) clearGrad(parameter, setToNone);
  }

  /** Every parameter once, frozen ones included. */
  parameters(): tf.Variable[] {
    return this.namedParameters().map(([, variable]) => variable);
  }

  /** Every parameter once, with its name in the state dict. */
  namedParameters(): [string, tf.Variable][] {
    return once(this.namedState().filter(([, variable]) => !isBuffer(variable)));
  }

  /** Every buffer, such as running statistics. */
  buffers(): tf.Variable[] {
    return this.namedBuffers().map(([, variable]) => variable);
  }

  /** Every buffer once, with its name in the state dict. */
  namedBuffers(): [string, tf.Variable][] {
    return once(this.namedState().filter(([, variable]) => isBuffer(variable)));
  }

  /** This module (named '') and all below it, depth first. */
  namedModules(): [string, Module][] {
    const below = this.namedChildren().flatMap(([name, child]) =>
      child.namedModules().map(([path, module]): [string, Module] => [join(name, path), module]),
    );
    return once([['', this], ...below]);
  }

  /**
   * The modules directly below this one.
   * @throws TypeError for a module that only an array, a map or a plain object holds
   */
  namedChildren(): [string, Module][] {
    const children = entriesOf(this).flatMap(([key, value]): [string, Module][] =>
      value instanceof Module ? [[this.stateName(key), value]] : [],
    );
    refuseHidden(this, children);
    return children;
  }

  /**
   * Parameters and buffers by PyTorch's names. The values are the live variables, not copies; convolution kernels are
   * in our layout (see `layoutOf`), which `helpers/io` turns into PyTorch's when it writes a file.
   */
  stateDict(): Map<string, tf.Variable> {
    return new Map(this.namedState());
  }

  /**
   * Copies values into parameters and buffers by name. Nothing is written unless everything fits.
   * @param options.strict with `false`, names on one side only are reported instead of refused
   * @throws TypeError listing all missing and unexpected names and wrong shapes
   */
  loadStateDict(state: ReadonlyMap<string, tf.Tensor>, { strict = true } = {}): LoadReport {
    return inferenceMode(() => {
      const translated = this.namedModules().reduce((known, [path, module]) => {
        return module.translateState?.(known, path === '' ? '' : `${path}.`) ?? known;
      }, state);
      return loadState(this.typeName(), this.stateDict(), translated, strict);
    });
  }

  /** Gives entries under `prefix` the names this module knows; for layers into which another form of them loads. */
  translateState?(state: ReadonlyMap<string, tf.Tensor>, prefix: string): ReadonlyMap<string, tf.Tensor>;

  /** Frees all parameters and buffers. */
  dispose(): void {
    for (const [, variable] of once(this.namedState())) variable.dispose();
  }

  /** PyTorch's `print(model)`. */
  toString(): string {
    const extra = this.extraRepr();
    const children = this.childLines();
    if (children.length === 0) return `${this.typeName()}(${extra})`;
    const lines = [...(extra === '' ? [] : [extra]), ...children];
    return `${this.typeName()}(\n  ${lines.join('\n  ')}\n)`;
  }

  /** Makes `console.log(model)` print the tree too. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** What stands between the parentheses of this module's line in the tree. */
  protected extraRepr(): string {
    return '';
  }

  /** The class name in the tree and in messages. */
  typeName(): string {
    return this.constructor.name;
  }

  /** One entry `(name): module` for each child, the continuation lines indented. */
  protected childLines(): string[] {
    return this.namedChildren().map(([name, child]) => childLine(name, child));
  }

  /** @internal What compiled functions watch: a child or variable put in another's place makes them record anew. */
  [held](): readonly object[] {
    // Asked of every module before every compiled call: the lists of names would take several times as long.
    const items: object[] = [];
    const usual = this.namedChildren === Module.prototype.namedChildren;
    for (const value of unobserved(() => Object.values(this) as unknown[])) {
      if (typeof value !== 'object') continue; // most are numbers, on which instanceof is slow
      if (value instanceof tf.Variable || (usual && value instanceof Module)) items.push(value);
    }
    if (!usual) for (const [, child] of this.namedChildren()) items.push(child);
    return items;
  }

  /** The name in the state dict of what a property holds. */
  protected stateName(property: string): string {
    return (this.constructor as typeof Module).stateNames[property] ?? snakeCase(property);
  }

  /** The variables of this module itself, by name. */
  protected ownState(): [string, tf.Variable][] {
    return entriesOf(this).flatMap(([key, value]): [string, tf.Variable][] =>
      value instanceof tf.Variable ? [[this.stateName(key), value]] : [],
    );
  }

  private namedState(): [string, tf.Variable][] {
    const own = this.ownState();
    markListed(own.map(([, variable]) => variable));
    // PyTorch lists a module's own parameters, then its own buffers, then its children.
    const ordered = [...own.filter(([, v]) => !isBuffer(v)), ...own.filter(([, v]) => isBuffer(v))];
    const below = this.namedChildren().flatMap(([name, child]) =>
      child.namedState().map(([path, variable]): [string, tf.Variable] => [join(name, path), variable]),
    );
    return [...ordered, ...below];
  }
}

/** All fields of a module; a recording need not know that they were looked through. */
const entriesOf = (module: Module) => unobserved(() => Object.entries(module) as [string, unknown][]);

/** The tree's text for a child: `(fc1): Linear(…)`. */
export function childLine(name: string, child: Module): string {
  return `(${name}): ${String(child).replaceAll('\n', '\n  ')}`;
}

/** Containers that were looked through: long lists of words would cost time at every step. */
const seenThrough = new WeakSet<object>();

/** PyTorch overlooks modules in a list: nothing trains them, no file holds them. Here they are named. */
function refuseHidden(owner: Module, children: readonly [string, Module][]): void {
  for (const [key, value] of entriesOf(owner)) {
    if (!isContainer(value) || seenThrough.has(value)) continue;
    const known = new Set(
      children.flatMap(([, child]) =>
        child.namedModules().flatMap(([, module]) => [module, ...(Object.values(module) as unknown[])]),
      ),
    );
    const hidden = heldIn(value).find((one) => one !== owner && !known.has(one));
    if (hidden) {
      const [list, what] =
        hidden instanceof Module
          ? ['ModuleList', `a ${hidden.typeName()}, whose parameters would not be found`]
          : ['ParameterList', 'a parameter, which would not be found'];
      throw new TypeError(
        `Cannot list the modules of ${owner.typeName()}: expected a ${list} (or properties of their own) for ` +
          `'${key}', got ${containerName(value)} with ${what}`,
      );
    }
    if (valuesIn(value).length > 0) seenThrough.add(value); // an empty one may yet be filled
  }
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function containerName(container: object): string {
  if (Array.isArray(container)) return 'an array';
  return container instanceof Map ? 'a Map' : container instanceof Set ? 'a Set' : 'an object';
}

/** Modules and trained variables in a container, however deep. */
function heldIn(container: object, seen = new Set<object>()): (Module | tf.Variable)[] {
  if (seen.has(container)) return [];
  seen.add(container);
  return valuesIn(container).flatMap((value) => {
    if (value instanceof Module || isParameter(value)) return [value];
    return isContainer(value) ? heldIn(value, seen) : [];
  });
}

function valuesIn(container: object): unknown[] {
  if (container instanceof Map || container instanceof Set)
    return [...(container.values() as Iterable<unknown>)];
  return Object.values(container);
}

function join(name: string, path: string): string {
  return path === '' ? name : `${name}.${path}`;
}

/** Keeps the first entry of each value: a shared module or weight counts once. */
function once<T>(entries: [string, T][]): [string, T][] {
  const seen = new Set<T>();
  return entries.filter(([, value]) => !seen.has(value) && seen.add(value));
}
