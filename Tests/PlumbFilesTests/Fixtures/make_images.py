"""Makes the pictures of the image tests; needs Pillow and NumPy.

Each NAME.jpg or NAME.png has NAME.rgb beside it where its pixels are not obvious: height, width
and channels as little-endian 16-bit numbers, then the pixels as Pillow decodes them.
"""
import pathlib
import struct
import zlib

import numpy
import PIL.features
from PIL import Image

here = pathlib.Path(__file__).parent
height, width = 13, 17
y, x = numpy.mgrid[0:height, 0:width]
smooth = numpy.stack([x * 15, y * 19, 255 - x * 7 - y * 8], -1).clip(0, 255).astype(numpy.uint8)
alpha = (x * y).clip(0, 255).astype(numpy.uint8)


def expect(name, image):
    pixels = numpy.asarray(image)
    (here / f"{name}.rgb").write_bytes(
        struct.pack("<3H", *pixels.shape) + pixels.tobytes())


def save(name, image, mode="RGB", **options):
    path = here / name
    image.save(path, **options)
    expect(path.stem, Image.open(path).convert(mode))


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def raw_png(name, depth, color, rows, before=b""):
    """PNGs that Pillow does not write; filter 0 in every row."""
    header = struct.pack(">2I5B", width, height, depth, color, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    (here / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", data)
        + chunk(b"IEND", b""))


rgb = Image.fromarray(smooth)
save("color.jpg", rgb, quality=85)
save("color-444-progressive.jpg", rgb, quality=95, subsampling=0, progressive=True)
save("gray.jpg", rgb.convert("L"), quality=90)
rgb.convert("CMYK").save(here / "cmyk.jpg")
save("palette.png", rgb.convert("P", palette=Image.Palette.ADAPTIVE, colors=16))
save("rgba.png", Image.fromarray(numpy.dstack([smooth, alpha])), mode="RGBA")
save("gray-alpha.png", Image.fromarray(numpy.dstack([smooth[..., 0], alpha]), "LA"), mode="RGBA")
save("one-bit.png", rgb.convert("1"))

# 16 bits: every value v of 8 bits is stored as v * 257, which rounds back to v.
sixteen = smooth.astype(int) * 257
sixteen[::2] += (sixteen[::2] < 65000) * 100  # less than half a step of 257
raw_png("sixteen.png", 16, 2, [row.astype(">u2").tobytes() for row in sixteen])
expect("sixteen", smooth)
# A transparent color in a gray picture: where the value is 30, alpha is 0.
gray = smooth[..., 0]
raw_png("gray-key.png", 8, 0, [row.tobytes() for row in gray], chunk(b"tRNS", b"\0\x1e"))
expect("gray-key", numpy.dstack([gray] * 3 + [(gray != 30) * 255]).astype(numpy.uint8))
# A compressed note and an ordinary one.
note = b"plumb-recipe\0\1\0en\0\0" + zlib.compress(b'{"seed": 7}')
raw_png("note.png", 8, 2, [row.tobytes() for row in smooth], chunk(b"iTXt", note))

# Resizing: Pillow's BILINEAR is our triangle. The average over the exact area of each new pixel is
# that over equal squares, small enough to fit both grids.
expect("resized-triangle", rgb.resize((7, 19), Image.Resampling.BILINEAR))
squares = smooth.astype(float).repeat(19, 0).repeat(7, 1)
average = squares.reshape(19, height, 7, width, 3).mean((1, 3))
expect("resized-area", numpy.floor(average + 0.5).astype(numpy.uint8))
expect("source", smooth)
print("Pillow", PIL.__version__, "libjpeg-turbo", PIL.features.version("libjpeg_turbo"))
