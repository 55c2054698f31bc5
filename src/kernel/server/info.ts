/** What the kernel says about itself. */
import type { Json } from '../jupyter/wire';
import { versionOf } from '../link/versions';

/** Content of kernel_info_reply. */
export function kernelInfo(): Json {
  const typescript = versionOf('typescript');
  return {
    protocol_version: '5.3',
    implementation: 'tsdl',
    implementation_version: versionOf('../../..'),
    language_info: {
      name: 'typescript',
      version: typescript,
      mimetype: 'text/typescript',
      file_extension: '.ts',
      pygments_lexer: 'typescript',
      codemirror_mode: { name: 'javascript', typescript: true },
      nbconvert_exporter: 'script',
    },
    banner: `tsdl: TypeScript ${typescript} on Node ${process.version}, tslab ${versionOf('tslab')}`,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'TensorFlow.js', url: 'https://js.tensorflow.org/api/latest/' },
    ],
    debugger: true,
    supported_features: ['debugger'],
  };
}
