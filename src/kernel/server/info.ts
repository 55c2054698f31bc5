/** What the kernel says about itself. */
import type { Json } from '../jupyter/wire';
import { versionOf } from '../link/versions';

/** What notebooks keep of their language; JupyterLab writes it into one that says anything else, which counts as a change. */
export const languageInfo = () => ({
  name: 'typescript',
  version: versionOf('typescript'),
  mimetype: 'text/typescript',
  file_extension: '.ts',
  pygments_lexer: 'typescript',
  codemirror_mode: { name: 'javascript', typescript: true },
  nbconvert_exporter: 'script',
});

/** Content of kernel_info_reply. */
export function kernelInfo(): Json {
  return {
    protocol_version: '5.3',
    implementation: 'tsdl',
    implementation_version: versionOf('../../..'),
    language_info: languageInfo(),
    banner: `tsdl: TypeScript ${versionOf('typescript')} on Node ${process.version}, tslab ${versionOf('tslab')}`,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'TensorFlow.js', url: 'https://js.tensorflow.org/api/latest/' },
    ],
    debugger: true,
    supported_features: ['debugger'],
  };
}
