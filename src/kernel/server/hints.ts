/** One plain sentence of help for the commonest mistakes, by TypeScript's number or by the error's text. */

interface Hint {
  /** `TS2304`, or the name of a thrown error; any where left out. */
  readonly name?: RegExp;
  readonly message?: RegExp;
  readonly text: string;
}

const HINTS: readonly Hint[] = [
  { name: /^DeviceError$/, text: '设备的问题，不是代码写错：按上面的说明处理，再重新运行。' },
  {
    name: /^TS2304$/,
    message: /'(tf|nn)'/,
    text: '先运行导入 tsdl/engine/tf（tf）或 tsdl/nn（nn）的单元。',
  },
  { name: /^TS(2304|2552|18004)$/, text: '这个名字还没有定义：检查拼写，或先运行定义它的单元。' },
  { name: /^TS2307$/, text: '找不到这个模块：检查路径；tsdl 的模块写作 tsdl/models/cnn 这样的形式。' },
  { name: /^TS(2339|2551)$/, message: /Promise</, text: '这个值是 Promise，先用 await 等它的结果。' },
  { name: /^TS(2339|2551)$/, text: '这个类型没有该属性：检查拼写，输入点号后按 Tab 可以看到有哪些。' },
  { name: /^TS(2322|2345)$/, message: /Promise</, text: '这里少了 await：值还是 Promise，不是它的结果。' },
  {
    name: /^TS(2322|2345)$/,
    message: /TensorLike|Tensor\dD|Rank\./,
    text: '张量的维数对不上：看看 x.shape，必要时用 reshape 或 as2D 等方法。',
  },
  { name: /^TS(2322|2345)$/, text: '类型不符：左边要的类型和右边给的不同。' },
  { name: /^TS2554$/, text: '参数个数不对：按 Shift-Tab 查看这个函数的参数。' },
  {
    name: /^TS(2531|2532|18047|18048|2533)$/,
    text: '这个值可能是 undefined 或 null：先判断，或用 ?. 访问。',
  },
  { name: /^TS(7006|7031)$/, text: '给参数写上类型，例如 (x: number) => …。' },
  { name: /^TS2588$/, text: 'const 声明的名字不能再赋值：改用 let。' },
  { name: /^TS(2448|2454)$/, text: '变量在赋值之前就被使用：把定义移到前面。' },
  { name: /^TS2349$/, text: '这个值不是函数；模型要写成 model.forward(x)。' },
  { name: /^TS(2365|2362|2363)$/, text: '运算符只用于数字；张量用 x.add(y)、x.mul(y) 等方法。' },
  { name: /^TS1(005|128|109|002|160)$/, text: '语法不完整：检查括号、引号、逗号是否成对。' },
  { name: /^TS1308$/, text: 'await 只能用在 async 函数里：给外面的函数加上 async。' },
  { name: /^TS(2323|2484)$/, text: '单元里不写 export：名字在后面的单元里都能用。' },
  { name: /^TS2348$/, text: '类要用 new 创建，例如 new nn.Linear(2, 1)。' },
  {
    message: /is disposed|disposed/i,
    text: '这个张量已被释放：在 tf.tidy 里要留下的值请作为返回值，或用 tf.keep。',
  },
  {
    message: /shape|rank|incompatible|must match|dimensions?/i,
    text: '形状不符：打印每个张量的 shape，看哪一维对不上。',
  },
  { name: /^ReferenceError$/, text: '这个名字还没有值：先运行给它赋值的单元。' },
  {
    name: /^TypeError$/,
    message: /undefined|null/,
    text: '这里的值是 undefined 或 null：检查上一步是否真的返回了结果（是否少了 await？）。',
  },
  {
    name: /^TypeError$/,
    message: /is not a function/,
    text: '这个值不能调用：检查名字；模型要写成 model.forward(x)。',
  },
  { name: /^RangeError$/, message: /call stack/i, text: '函数无休止地调用自己：检查递归的结束条件。' },
  {
    name: /^RuntimeDied$/,
    text: '运行进程已结束，变量都没有了；内核会重新启动。若因内存不足，请减小批量或数据量。',
  },
  { message: /ENOENT/, text: '找不到文件：路径从笔记本所在的文件夹算起。' },
  { message: /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|fetch failed/, text: '网络不通：检查网络，或使用内置数据。' },
];

/** The first hint that fits; undefined where none does. */
export function hintFor(name: string, message: string): string | undefined {
  return HINTS.find((hint) => (hint.name?.test(name) ?? true) && (hint.message?.test(message) ?? true))?.text;
}
