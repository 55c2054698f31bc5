/** One plain sentence of help for the commonest mistakes, by TypeScript's number or by the error's text. */
import { say, type Text } from '../../../bin/bootstrap/language';

interface Hint {
  /** `TS2304`, or the name of a thrown error; any where left out. */
  readonly name?: RegExp;
  readonly message?: RegExp;
  readonly text: Text;
}

const HINTS: readonly Hint[] = [
  {
    name: /^DeviceError$/,
    text: {
      zh: '设备的问题，不是代码写错：按上面的说明处理，再重新运行。',
      en: 'The device is at fault, not the code: do what it says above, then run the cell again.',
    },
  },
  {
    name: /^TS2304$/,
    message: /'(tf|nn)'/,
    text: {
      zh: '先运行导入 tsdl/engine/tf（tf）或 tsdl/nn（nn）的单元。',
      en: 'Run the cell that imports tsdl/engine/tf (tf) or tsdl/nn (nn) first.',
    },
  },
  {
    name: /^TS(2304|2552|18004)$/,
    text: {
      zh: '这个名字还没有定义：检查拼写，或先运行定义它的单元。',
      en: 'This name is not defined yet: check its spelling, or run the cell that defines it first.',
    },
  },
  {
    name: /^TS2307$/,
    text: {
      zh: '找不到这个模块：检查路径；tsdl 的模块写作 tsdl/models/cnn 这样的形式。',
      en: 'There is no such module: check the path; tsdl’s modules are written like tsdl/models/cnn.',
    },
  },
  {
    name: /^TS7016$/,
    text: {
      zh: "这个包没有类型。在单元里写一行 declare module '包名'; 就可以把它当作 any 使用，或安装它的 @types 包。",
      en: "This package has no types: the line declare module 'its name'; in a cell makes it any, or install its @types package.",
    },
  },
  {
    name: /^TS(2339|2551)$/,
    message: /Promise</,
    text: { zh: '这个值是 Promise，先用 await 等它的结果。', en: 'This value is a Promise: await it first.' },
  },
  {
    name: /^TS(2339|2551)$/,
    text: {
      zh: '这个类型没有该属性：检查拼写，输入点号后按 Tab 可以看到有哪些。',
      en: 'This type has no such property: check its spelling; Tab after the dot shows what there is.',
    },
  },
  {
    name: /^TS(2322|2345)$/,
    message: /Promise</,
    text: {
      zh: '这里少了 await：值还是 Promise，不是它的结果。',
      en: 'An await is missing: the value is still a Promise, not its result.',
    },
  },
  {
    name: /^TS(2322|2345)$/,
    message: /TensorLike|Tensor\dD|Rank\./,
    text: {
      zh: '张量的维数对不上：看看 x.shape，必要时用 reshape 或 as2D 等方法。',
      en: 'The tensor’s rank does not fit: look at x.shape; reshape, as2D and the like change it.',
    },
  },
  {
    name: /^TS(2322|2345)$/,
    text: {
      zh: '类型不符：左边要的类型和右边给的不同。',
      en: 'The types differ: what is wanted on the left is not what is given on the right.',
    },
  },
  {
    name: /^TS2554$/,
    text: {
      zh: '参数个数不对：按 Shift-Tab 查看这个函数的参数。',
      en: 'The number of arguments does not fit: Shift-Tab shows the function’s parameters.',
    },
  },
  {
    name: /^TS(2531|2532|18047|18048|2533)$/,
    text: {
      zh: '这个值可能是 undefined 或 null：先判断，或用 ?. 访问。',
      en: 'The value may be undefined or null: test it first, or use ?. to reach into it.',
    },
  },
  {
    name: /^TS(7006|7031)$/,
    text: {
      zh: '给参数写上类型，例如 (x: number) => …。',
      en: 'Give the parameter a type, such as (x: number) => ….',
    },
  },
  {
    name: /^TS2588$/,
    text: {
      zh: 'const 声明的名字不能再赋值：改用 let。',
      en: 'A name declared with const cannot be assigned again: use let.',
    },
  },
  {
    name: /^TS(2448|2454)$/,
    text: {
      zh: '变量在赋值之前就被使用：把定义移到前面。',
      en: 'The variable is used before it has a value: move its definition up.',
    },
  },
  {
    name: /^TS2349$/,
    text: {
      zh: '这个值不是函数；模型要写成 model.forward(x)。',
      en: 'This value is not a function; a model is called with model.forward(x).',
    },
  },
  {
    name: /^TS(2365|2362|2363)$/,
    text: {
      zh: '运算符只用于数字；张量用 x.add(y)、x.mul(y) 等方法。',
      en: 'Operators are for numbers; tensors have methods: x.add(y), x.mul(y).',
    },
  },
  {
    name: /^TS1(005|128|109|002|160)$/,
    text: {
      zh: '语法不完整：检查括号、引号、逗号是否成对。',
      en: 'The syntax is incomplete: check that brackets, quotes and commas match.',
    },
  },
  {
    name: /^TS1308$/,
    text: {
      zh: 'await 只能用在 async 函数里：给外面的函数加上 async。',
      en: 'await works inside async functions only: make the function around it async.',
    },
  },
  {
    name: /^TS(1203|2323|2484)$/,
    text: {
      zh: '单元里不写 export：名字在后面的单元里都能用。',
      en: 'Leave export out in cells: names can be used in later cells anyway.',
    },
  },
  {
    name: /^TS2348$/,
    text: {
      zh: '类要用 new 创建，例如 new nn.Linear(2, 1)。',
      en: 'Classes are created with new, as in new nn.Linear(2, 1).',
    },
  },
  {
    message: /is disposed|disposed|that was freed/i,
    text: {
      zh: '这个张量已被释放：在 tf.tidy 里要留下的值请作为返回值，或用 tf.keep。',
      en: 'This tensor was disposed of: return from tf.tidy what is to stay, or keep it with tf.keep.',
    },
  },
  {
    message: /shape|rank|incompatible|must match|dimensions?/i,
    text: {
      zh: '形状不符：打印每个张量的 shape，看哪一维对不上。',
      en: 'The shapes do not fit: print each tensor’s shape to see which dimension is wrong.',
    },
  },
  {
    name: /^ReferenceError$/,
    text: {
      zh: '这个名字还没有值：先运行给它赋值的单元。',
      en: 'This name has no value yet: run the cell that gives it one first.',
    },
  },
  {
    name: /^TypeError$/,
    message: /undefined|null/,
    text: {
      zh: '这里的值是 undefined 或 null：检查上一步是否真的返回了结果（是否少了 await？）。',
      en: 'The value here is undefined or null: did the step before really return something (is an await missing)?',
    },
  },
  {
    name: /^TypeError$/,
    message: /is not a function/,
    text: {
      zh: '这个值不能调用：检查名字；模型要写成 model.forward(x)。',
      en: 'This value cannot be called: check its name; a model is called with model.forward(x).',
    },
  },
  {
    name: /^RangeError$/,
    message: /call stack/i,
    text: {
      zh: '函数无休止地调用自己：检查递归的结束条件。',
      en: 'The function calls itself without end: check where the recursion stops.',
    },
  },
  {
    name: /^RuntimeDied$/,
    text: {
      zh: '运行进程已结束，变量都没有了；已启动新的进程，请重新运行前面的单元。若因内存不足，请减小批量或数据量。',
      en: 'The runtime process ended and all variables are gone; a new one was started: run the earlier cells again. If memory was short, use smaller batches or less data.',
    },
  },
  {
    message: /ENOENT/,
    text: {
      zh: '找不到文件：路径从笔记本所在的文件夹算起。',
      en: 'There is no such file: paths begin at the notebook’s folder.',
    },
  },
  {
    message: /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|fetch failed/,
    text: {
      zh: '网络不通：检查网络，或使用内置数据。',
      en: 'The network does not answer: check it, or use the built-in data.',
    },
  },
];

/** The first hint that fits; undefined where none does. */
export function hintFor(name: string, message: string): string | undefined {
  const hint = HINTS.find((one) => (one.name?.test(name) ?? true) && (one.message?.test(message) ?? true));
  return hint && say(hint.text);
}
