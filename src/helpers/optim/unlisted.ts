/** Parameters that learn nothing since nobody can see them. */
import { say } from '../../../bin/bootstrap/language';
import { heldGrad } from '../../engine/autograd/grads';
import type * as tf from '../../engine/tf';
import { markListed, unlistedParameters } from '../../nn/parameter';

/**
 * Says once of parameters that a loss depends on them, though neither a module that was asked for its parameters nor an
 * optimizer holds them: those of a layer in a `#private` field or a closure are neither trained nor saved.
 */
export function reportHidden(hidden: readonly tf.Variable[]): void {
  const [first] = hidden;
  if (!first) return;
  markListed(hidden);
  const shape = `[${first.shape.join(', ')}]`;
  console.warn(
    say({
      zh:
        `损失依赖 ${hidden.length} 个没有任何模块或优化器知道的参数（第一个的形状是 ${shape}），它们不会被训练，也不会被保存。` +
        '层放在 #private 字段、闭包或局部变量里时看不见：请放进普通属性或 nn.ModuleList；' +
        '若本来就不训练，请先调用 requiresGrad(false)。',
      en:
        `The loss depends on ${hidden.length} parameters (the first is ${shape}) that no module and no optimizer knows: ` +
        'they are neither trained nor saved. A layer in a #private field, a closure or a local variable cannot be seen: ' +
        'put it into a plain property or an nn.ModuleList; for what is not to be trained call requiresGrad(false) first.',
    }),
  );
}

/**
 * Parameters that nobody has listed and that hold gradients, but for those that held some before.
 * @param before what was there when a step began; undefined where that is not known, and nothing can be said
 */
export function unlistedGradients(before?: WeakSet<tf.Variable>): tf.Variable[] {
  if (!before) return [];
  return unlistedParameters().filter((variable) => heldGrad(variable) !== null && !before.has(variable));
}
