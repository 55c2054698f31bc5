"""python tools/photographs.py SCIKIT_IMAGE.whl SCIKIT_LEARN.whl: the photographs of src/helpers/datasets/photographs.

Takes them out of the two wheels (made with scikit-image 0.26.0, scikit-learn 1.9.1, Pillow 13.0), shrinks the long side
to 512 pixels and writes JPEG of at most 60 kB, without the metadata.
"""

import io
import pathlib
import sys
import zipfile

from PIL import Image

SIDE, BYTES = 512, 60_000
OUT = pathlib.Path(__file__).parents[1] / "src/helpers/datasets/photographs"
SCIKIT_IMAGE = ["astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "rocket.jpg"]
SCIKIT_LEARN = ["china.jpg", "flower.jpg"]


def encoded(picture: Image.Image) -> bytes:
    for quality in range(95, 40, -1):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= BYTES:
            print(f"quality {quality}, {out.tell()} bytes", end="")
            return out.getvalue()
    raise SystemExit("cannot be made small enough")


def write(wheel: str, folder: str, names: list[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in names:
            picture = Image.open(io.BytesIO(archive.read(f"{folder}/{name}"))).convert("RGB")
            picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            clean = Image.new("RGB", picture.size)
            clean.paste(picture)
            path = OUT / f"{pathlib.Path(name).stem.split('_')[0]}.jpg"
            path.write_bytes(encoded(clean))
            print(f" {path.name} {clean.size}")


write(sys.argv[1], "skimage/data", SCIKIT_IMAGE)
write(sys.argv[2], "sklearn/datasets/images", SCIKIT_LEARN)
