/**
 * Programs for the differential test: random ones of a small grammar, each with async functions, generators, classes,
 * iterators and patterns nested in one another. The same seed gives the same program; all end by themselves.
 */

/** What surrounds a piece of code. */
interface Around {
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  /** Names that can be read, and those that can be written to. */
  readonly names: readonly string[];
  readonly lets: readonly string[];
  readonly depth: number;
}

type Kind = 'plain' | 'async' | 'generator' | 'asyncGenerator';

/** One random program; its results are in `out`. */
export function program(seed: number): string {
  const made = new Program(seed);
  return `// @ts-nocheck\nconst out = []; const log = (...all) => { out.push(...all); };\n${made.text()}\n`;
}

class Program {
  private state: number;
  private count = 0;
  private functions: readonly { name: string; kind: Kind }[] = [];
  private classes: readonly string[] = [];

  constructor(private readonly seed: number) {
    this.state = (seed * 2654435761 + 12345) >>> 0;
  }

  text(): string {
    const names = [this.name('v'), this.name('v'), this.name('v')];
    const start = names.map((name, at) => `let ${name} = ${at + 1};`);
    const around: Around = { isAsync: true, isGenerator: false, names, lets: names, depth: 3 };
    // Functions that use some of the names; the others are the top level's alone.
    const some = { ...around, names: names.slice(1), lets: names.slice(2) };
    const declared = [this.declareFunction(some), this.declareClass(some), this.declareFunction(some)];
    const body = Array.from({ length: 4 }, () => this.statement(around));
    const ending = this.pick([
      `log(${names.join(', ')});`,
      `throw new RangeError('end');`,
      `log(${this.value(around)});`,
    ]);
    const rest = 'await new Promise((r) => setTimeout(r));'; // for what was started and not awaited
    return [...start, ...declared, ...body, ending, rest].join('\n');
  }

  private below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  private name(start: string): string {
    this.count += 1;
    return `${start}${this.seed}_${this.count}`;
  }

  /** What is declared inside is known inside alone. */
  private inside(make: () => string): string {
    const { functions, classes } = this;
    const text = make();
    this.functions = functions;
    this.classes = classes;
    return text;
  }

  private value(around: Around): string {
    if (around.depth <= 0) return this.leaf(around);
    const inner = { ...around, depth: around.depth - 1 };
    const one = () => this.value(inner);
    const forms: (() => string)[] = [
      () => this.leaf(around),
      () => `(${one()} + ${one()})`,
      () => `(${one()} ?? ${one()})`,
      () => `(${one()} ? ${one()} : ${one()})`,
      () => `((x, y = ${this.value({ ...inner, isAsync: false, isGenerator: false })}) => x + y)(${one()})`,
      () => `(({ a, ...rest }) => a + Object.keys(rest).length)({ a: ${one()}, b: 1, ...{ c: ${one()} } })`,
      () => `[${one()}, ...[${one()}]].map((x, i) => x * i).length`,
      () => `({ get g() { return 7; }, ['k']: ${one()} }).k`,
      () => `[${one()}].at(0)?.valueOf?.()`,
      () => `\`\${${one()}}-\${${one()}}\`.length`,
      () =>
        `(function () { return arguments.length + (new.target === undefined ? 1 : 0); })(${one()}, ${one()})`,
      () => this.call(inner),
      () => this.instance(inner),
    ];
    if (around.lets.length > 0) {
      const target = this.pick(around.lets);
      forms.push(
        () => `(${target} = ${one()})`,
        () => `(${target} += ${one()})`,
        () => `${target}++`,
      );
      forms.push(
        () => `([${target}] = [${one()}])[0]`,
        () => `(${target} ??= ${one()})`,
      );
    }
    if (around.isAsync)
      forms.push(
        () => `(await (${one()}))`,
        () => `(await Promise.resolve(${one()}))`,
        () => `(await ({ then(ok) { ok(${this.below(9)}); } }))`,
      );
    if (around.isGenerator)
      forms.push(
        () => `(yield ${one()})`,
        () => `(yield* [${one()}, 2])`,
      );
    return this.pick(forms)();
  }

  private leaf({ names }: Around): string {
    const constants = [String(this.below(9)), "'s'", 'null', 'undefined', '0.5', 'true'];
    return names.length > 0 && this.below(3) > 0 ? this.pick(names) : this.pick(constants);
  }

  private call(around: Around): string {
    if (this.functions.length === 0) return this.leaf(around);
    const { name, kind } = this.pick(this.functions);
    const called = `${name}(${this.leaf(around)}, ${this.leaf(around)})`;
    if (kind === 'plain') return called;
    if (kind === 'generator') return this.pick([`[...${called}].length`, `${called}.next().value`]);
    // Not started where it cannot be awaited: which of two goes first may differ by a turn of the queue.
    if (!around.isAsync) return `typeof ${kind === 'async' ? name : `${called}.next`}`;
    return kind === 'async' ? `(await ${called})` : `(await ${called}.next()).value`;
  }

  private instance(around: Around): string {
    if (this.classes.length === 0) return this.leaf(around);
    const made = `new ${this.pick(this.classes)}(${this.leaf(around)})`;
    const asked = this.pick([`${made}.m()`, `${made}.g`, `${made}.f`, `[...${made}].length`]);
    return around.isAsync && this.below(3) === 0 ? `(await ${made}.am())` : asked;
  }

  private statement(around: Around): string {
    const value = () => this.value(around);
    if (around.depth <= 0) return `log(${value()});`;
    const forms: (() => string)[] = [
      () => `log(${value()});`,
      () => this.loop(around),
      () => this.tried(around),
      () => `if (${value()}) ${this.block(around)} else ${this.block(around)}`,
      () =>
        `switch (${value()}) { case 1: log('one'); case 's': log('s'); break; default: log(${value()}); }`,
      () =>
        `{ const [p, q = ${value()}] = [${value()}]; const { r, ...s } = { r: p, t: q }; log(p, q, r, s); }`,
      () => this.inside(() => `{ ${this.declareFunction(around)} log(${this.call(around)}); }`),
      () => `try { (${value()}).x.y; } catch ({ name }) { log(name); }`,
      () => `{ var ${this.name('w')} = ${value()}; let f = () => ${this.leaf(around)}; log(f.name, f()); }`,
      () => this.declareClass(around),
    ];
    return this.pick(forms)();
  }

  private block(around: Around, names: readonly string[] = []): string {
    const inner = { ...around, depth: around.depth - 1, names: [...around.names, ...names] };
    return this.inside(() => `{ ${this.statement(inner)} ${this.statement(inner)} }`);
  }

  private loop(around: Around): string {
    const i = this.name('i');
    const forms = [
      () => `for (let ${i} = 0; ${i} < 3; ${i}++) ${this.block(around, [i])}`,
      () => `for (const ${i} of [1, ${this.leaf(around)}]) ${this.block(around, [i])}`,
      () => `for (const ${i} in { a: 1, b: 2 }) log(${i});`,
      () =>
        `for (const { a: ${i} = 4, ...rest } of [{ b: 1 }, { a: 2 }]) { log(rest); ${this.statement({ ...around, depth: 0, names: [i] })} }`,
      () => `${i}: for (let n = 0; n < 3; n++) { for (;;) { if (n === 1) continue ${i}; log(n); break; } }`,
      () =>
        `{ const fs = []; for (let ${i} = 0; ${i} < 3; ${i}++) fs.push(() => ${i}); log(...fs.map((f) => f())); }`,
      () =>
        `{ let n = 0; while (n < 2) { n++; ${this.statement({ ...around, depth: 0 })} } do n--; while (n > 0); log(n); }`,
    ];
    if (around.isAsync)
      forms.push(
        () => `for await (const ${i} of [1, Promise.resolve(2)]) ${this.block(around, [i])}`,
        () =>
          `for await (const ${i} of (async function* () { try { yield 1; yield 2; } finally { log('closed'); } })()) { log(${i}); break; }`,
      );
    return this.pick(forms)();
  }

  private tried(around: Around): string {
    const thrown = this.pick([
      `throw new TypeError('t')`,
      `throw ${this.leaf(around)}`,
      `log(${this.value(around)})`,
      'null.x',
    ]);
    const caught = this.pick([
      'catch { log("caught"); }',
      'catch (e) { log(e?.name ?? e); }',
      'catch ({ message: m = 1 } ) { log(m); }',
    ]);
    return this.pick([
      `try { ${thrown}; } ${caught.includes('{ message') ? 'catch (e) { log(String(e)); }' : caught}`,
      `try { ${thrown}; } ${caught.includes('{ message') ? 'catch { log(2); }' : caught} finally { log('finally'); }`,
      `try { try { ${thrown}; } finally { ${this.statement({ ...around, depth: 0 })} } } catch (e) { log(typeof e); }`,
    ]);
  }

  private declareFunction(around: Around): string {
    const kind = this.pick<Kind>(['plain', 'async', 'generator', 'asyncGenerator']);
    const name = this.name('f');
    const inside: Around = {
      isAsync: kind === 'async' || kind === 'asyncGenerator',
      isGenerator: kind === 'generator' || kind === 'asyncGenerator',
      names: [...around.names, 'a', 'b'],
      lets: [...around.lets, 'a'],
      depth: around.depth - 1,
    };
    const words = `${inside.isAsync ? 'async ' : ''}function${inside.isGenerator ? '*' : ''}`;
    const body = this.inside(
      () => `${this.statement(inside)} ${this.statement(inside)} return ${this.value(inside)};`,
    );
    this.functions = [...this.functions, { name, kind }];
    return `${words} ${name}(a, b = 2) { ${body} }`;
  }

  private declareClass(around: Around): string {
    const name = this.name('C');
    const base = this.classes.length > 0 && this.below(2) === 0 ? this.pick(this.classes) : undefined;
    const inside: Around = {
      isAsync: false,
      isGenerator: false,
      names: ['this.f'],
      lets: ['this.f'],
      depth: around.depth - 2,
    };
    const up = base === undefined ? '1' : 'super.m()';
    const members = [
      `f = ${this.value({ ...inside, names: [], lets: [] })};`,
      `#p = 3; static s = 4; static { this.t = this.s + 1; }`,
      `constructor(x) { ${base === undefined ? '' : 'super(x);'} this.x = x; }`,
      `m() { return ${up} + ${this.value(inside)} + this.#p; }`,
      `get g() { return #p in this ? ${this.value(inside)} : 0; }`,
      `async am() { const h = async () => ${base === undefined ? 'this.f' : 'super.g'}; return [await h(), ${this.value({ ...inside, isAsync: true })}].length; }`,
      `*[Symbol.iterator]() { yield this.f; yield* [${this.value({ ...inside, isGenerator: true })}]; }`,
    ];
    this.classes = [...this.classes, name];
    return `class ${name}${base === undefined ? '' : ` extends ${base}`} { ${members.join(' ')} }`;
  }
}
