/** What `tsdl new` writes: a notebook of the course's form with one exercise, and a page that says how to use it. */
import type { NotebookCell } from '../run/notebook';

const prose = (source: string, tags?: string[]): NotebookCell => ({
  cell_type: 'markdown',
  metadata: tags ? { tags } : {},
  source,
});

const code = (source: string, metadata: NotebookCell['metadata'] = {}): NotebookCell => ({
  cell_type: 'code',
  metadata,
  outputs: [],
  execution_count: null,
  source,
});

/** An exercise to fill in, its answer, and the check that tells them apart. */
const EXERCISE: readonly NotebookCell[] = [
  prose(`## 1.2 练习

**练习 1**：把张量里的每个数加倍。没做的时候，下面的自检会指出哪里不对。`),
  code(
    `function double(v: tf.Tensor): tf.Tensor {
  return tf.zerosLike(v); // 换成你的式子
}`,
    { tags: ['exercise'] },
  ),
  prose('答案：与一个数相乘，张量里的每个数都会乘上它。', ['solution']),
  code(
    `function double(v: tf.Tensor): tf.Tensor {
  return tf.mul(v, 2);
}`,
    { tags: ['solution'], jupyter: { source_hidden: true } },
  ),
  prose('自检：与参考答案比较。'),
  code(`check.close('加倍', double(tf.tensor1d([1, 2, 3])), [2, 4, 6]);`, { tags: ['check'] }),
];

/** The cells of a course's first notebook: prose, code, an exercise, its check and its solution. */
export const firstNotebook = (title: string): NotebookCell[] => [
  prose(`# ${title}

**读完你会**：（一句话：学生能做到什么）

| | |
|---|---|
| 需要 | （先读什么、先装什么） |
| 用时 | （运行一遍多久） |`),
  prose(`## 1.1 第一小节

（正文。公式写成 $y = 2x$，图片放在 \`images\` 里。）

先导入要用的东西，第一格只做这件事。`),
  code(`import * as tf from 'tsdl/engine/tf';
import { manualSeed } from 'tsdl/engine/random';
import { check } from 'tsdl/helpers/course/check';
import { lineChart } from 'tsdl/viz/charts/line';`),
  prose('种子与配置放在第二格，之后不再改它们。'),
  code(`const SEED = 42;
const FULL = process.env.TSDL_PROFILE === 'full'; // 完整版；平时是快速版
manualSeed(SEED);
console.log(\`配置：\${FULL ? 'full' : 'smoke'}，设备：\${tf.device.kind}\`);`),
  prose('一格做一件事，前面一格文字说为什么。最后一个表达式就是这一格的输出。'),
  code(`const x = tf.linspace(-2, 2, 41);
const y = tf.mul(x, 2);
lineChart({ 'y = 2x': y }, { x: x, title: '一条直线' });`),
  ...EXERCISE,
];

/** The README of a new course. */
export const readme = (title: string): string => `# ${title}

在这个文件夹里运行：

\`\`\`bash
npx tsdl lab                               # 在 JupyterLab 里打开
npx tsdl run 01-start.ipynb                # 从头到尾执行；结果在 build/notebooks
npx tsdl handout --from build/notebooks --out build/handout   # 讲义：学生版（不含答案）和答案版，HTML 和 PDF
\`\`\`

- 文件名是两位数字加名字（\`02-next.ipynb\`），讲义按这个次序排。
- 一道练习是三种格子，用标签区分：\`exercise\`（留给学生写）、\`solution\`（答案，学生版里没有）、\`check\`（自检）。
  答案格覆盖练习格里的同名函数，所以整本从头运行时自检都通过；学生删掉答案格再做。
- PDF 需要 Chromium 或 Chrome；没有时加 \`--format html\`。
`;
