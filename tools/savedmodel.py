"""TensorFlow's side of npm run savedmodel (tools/savedmodel.ts). Needs tensorflow or tensorflow-cpu.

    python tools/savedmodel.py FOLDER COUNT    reads FOLDER/cnn and COUNT images of FOLDER/x.bin, writes answer.json
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

folder, count = Path(sys.argv[1]), int(sys.argv[2])
x = np.fromfile(folder / "x.bin", np.float32).reshape(count, 28, 28, 1)
loaded = tf.saved_model.load(str(folder / "cnn"))
serve = loaded.signatures["serving_default"]


def by_session():
    """As TensorFlow 1 and TensorFlow Serving load it: the graph's own restore operation reads the checkpoint."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], str(folder / "cnn"))
        signature = meta.signature_def["serving_default"]
        feed = {signature.inputs["input"].name: x}
        return session.run(signature.outputs["output"].name, feed)


answer = {
    "tensorflow": tf.__version__,
    "variables": [f"{name}{shape}" for name, shape in tf.train.list_variables(str(folder / "cnn/variables/variables"))],
    "logits": {
        "tf.saved_model.load, whole batch": serve(input=tf.constant(x))["output"].numpy().ravel().tolist(),
        "tf.saved_model.load, one by one": np.concatenate(
            [serve(input=tf.constant(x[i : i + 1]))["output"].numpy().ravel() for i in range(count)]
        ).tolist(),
        "tf.compat.v1.Session": by_session().ravel().tolist(),
    },
}
(folder / "answer.json").write_text(json.dumps(answer))
