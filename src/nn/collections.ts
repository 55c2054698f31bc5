/** Named modules, and lists and tables of parameters, that Module can see. */
import { held } from '../engine/recording/holders';
import * as tf from '../engine/tf';
import { Module } from './module';
import { isVariable, parameter } from './parameter';

/** Modules by name, in the order in which they were set; state names are `NAME.weight`, …. */
export class ModuleDict<M extends Module = Module> extends Module {
  protected readonly items = new Map<string, M>();

  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    const entries = Symbol.iterator in modules ? modules : Object.entries(modules);
    for (const [name, module] of entries) this.set(name, module);
  }

  /** The number of modules. */
  get size(): number {
    return this.items.size;
  }

  /** The module of a name. */
  get(name: string): M | undefined {
    return this.items.get(name);
  }

  /** Whether there is a module of that name. */
  has(name: string): boolean {
    return this.items.has(name);
  }

  /**
   * Sets the module of a name, in the place of another one or behind the others.
   * @throws RangeError for a name that is empty or holds a dot
   */
  set(name: string, module: M): this {
    if (name === '' || name.includes('.')) {
      throw new RangeError(`Cannot add a module: expected a name without a dot, got "${name}"`);
    }
    this.items.set(name, module);
    return this;
  }

  /** Takes a module out; gives it back. */
  pop(name: string): M | undefined {
    const module = this.items.get(name);
    this.items.delete(name);
    return module;
  }

  /** The names, in order. */
  keys(): string[] {
    return [...this.items.keys()];
  }

  /** The modules, in order. */
  values(): M[] {
    return [...this.items.values()];
  }

  /** Names and modules in order, for loops. */
  [Symbol.iterator](): Iterator<[string, M]> {
    return this.items[Symbol.iterator]();
  }

  override namedChildren(): [string, Module][] {
    return [...this.items];
  }

  /**
   * A table is not called itself.
   * @throws TypeError always
   */
  forward(): never {
    throw uncalled('ModuleDict', 'modules');
  }
}

const uncalled = (name: string, items: string): TypeError =>
  new TypeError(`Cannot call a ${name}: expected use of its ${items}, got a call of forward()`);

/** A variable as it is, any other tensor as a parameter of its values. */
function asParameter(value: tf.Tensor): tf.Variable {
  return isVariable(value) ? value : parameter(tf.clone(value));
}

/** What both collections of parameters share. */
abstract class Parameters<K> extends Module {
  protected readonly items = new Map<K, tf.Variable>();

  protected override ownState(): [string, tf.Variable][] {
    return [...this.items].map(([key, value]) => [String(key), value]);
  }

  override namedChildren(): [string, Module][] {
    return [];
  }

  /** @internal What compiled functions watch. */
  override [held](): readonly object[] {
    return [...this.items.values()];
  }

  /**
   * A collection is not called itself.
   * @throws TypeError always
   */
  forward(): never {
    throw uncalled(this.typeName(), 'parameters');
  }

  override toString(): string {
    const lines = this.ownState().map(([name, { shape }]) => {
      return `  (${name}): Parameter containing: [${this.sizeText(shape)}]`;
    });
    return `${this.typeName()}(${lines.join('\n')})`;
  }

  /** How PyTorch writes the type and size of one of them. */
  protected abstract sizeText(shape: readonly number[]): string;
}

/** A list of parameters; state names are `0`, `1`, …. Tensors that are no variables become parameters. */
export class ParameterList extends Parameters<number> {
  constructor(values: Iterable<tf.Tensor> = []) {
    super();
    for (const value of values) this.append(value);
  }

  /** The number of parameters. */
  get length(): number {
    return this.items.size;
  }

  /** The parameter at an index; negative ones count from the end. */
  at(index: number): tf.Variable | undefined {
    return this.items.get(index < 0 ? index + this.length : index);
  }

  /** Adds a parameter at the end. */
  append(value: tf.Tensor): this {
    this.items.set(this.length, asParameter(value));
    return this;
  }

  /** The parameters in order, for loops. */
  [Symbol.iterator](): Iterator<tf.Variable> {
    return this.items.values();
  }

  protected override sizeText(shape: readonly number[]): string {
    return `torch.float32 of size ${shape.join('x')}`;
  }
}

/** Parameters by name; tensors that are no variables become parameters. */
export class ParameterDict extends Parameters<string> {
  constructor(values: Readonly<Record<string, tf.Tensor>> = {}) {
    super();
    for (const [name, value] of Object.entries(values)) this.set(name, value);
  }

  /** The number of parameters. */
  get size(): number {
    return this.items.size;
  }

  /** The parameter of a name. */
  get(name: string): tf.Variable | undefined {
    return this.items.get(name);
  }

  /** Sets the parameter of a name. */
  set(name: string, value: tf.Tensor): this {
    this.items.set(name, asParameter(value));
    return this;
  }

  /** The names, in order. */
  keys(): string[] {
    return [...this.items.keys()];
  }

  /** Names and parameters in order, for loops. */
  [Symbol.iterator](): Iterator<[string, tf.Variable]> {
    return this.items[Symbol.iterator]();
  }

  protected override sizeText(shape: readonly number[]): string {
    return `torch.FloatTensor of size ${shape.join('x')}`;
  }
}
