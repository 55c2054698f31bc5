/**
 * The language server for jupyter-lsp, which JupyterLab's server has with it: it asks every package of its environment
 * for language servers. The installed kernel says where tsdl is, so that both are always of the same project.
 */
export const SPEC = `"""Tells jupyter-lsp how tsdl's language server is started: beside the kernel, by the same Node."""

import pathlib

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel


def spec(manager):
    try:
        node, kernel, *_ = KernelSpecManager().get_kernel_spec("tslab").argv
    except (NoSuchKernel, ValueError):
        return {}
    command = pathlib.Path(kernel).with_name("tsdl.js")
    if not command.is_file():
        return {}
    return {
        "tsdl": {
            "version": 2,
            "argv": [node, str(command), "lsp"],
            "languages": ["typescript"],
            "mime_types": ["text/typescript", "text/x-typescript", "application/x-typescript"],
            "display_name": "TypeScript (tsdl)",
            "requires_documents_on_disk": False,
        }
    }
`;
