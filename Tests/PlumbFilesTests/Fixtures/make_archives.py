"""Makes the archives of the archive tests with Python's own tarfile, gzip, lzma and bz2."""
import bz2
import gzip
import io
import lzma
import pathlib
import tarfile

here = pathlib.Path(__file__).parent


def archive(tar_format):
    """Files of sizes around a block, a long name, a folder, a link."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as tar:
        def add(name, data=b"", kind=tarfile.REGTYPE, link=""):
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, link
            tar.addfile(info, io.BytesIO(data))

        add("folder", kind=tarfile.DIRTYPE)
        for size in (0, 1, 511, 512, 513):
            add(f"folder/{size}.bin", bytes(i % 251 for i in range(size)))
        add("folder/" + "long/" * 40 + "ü.txt", b"long")
        add("folder/link", kind=tarfile.SYMTYPE, link="1.bin")
        add("last", b"end")
    return buffer.getvalue()


pax, gnu = archive(tarfile.PAX_FORMAT), archive(tarfile.GNU_FORMAT)
(here / "gnu.tar.bz2").write_bytes(bz2.compress(gnu))
(here / "pax.tar.gz").write_bytes(gzip.compress(pax, mtime=0))
(here / "pax.tar.xz").write_bytes(lzma.compress(pax))
lines = "".join(f"line {i}\n" for i in range(1000)).encode() + b"caf\xc3\xa9\r\n\nend"
half = len(lines) // 2
# Two streams one behind the other are one text.
(here / "lines.gz").write_bytes(
    gzip.compress(lines[:half], mtime=0) + gzip.compress(lines[half:], mtime=0) + bytes(10))
(here / "lines.xz").write_bytes(lzma.compress(lines[:half]) + lzma.compress(lines[half:]))
(here / "lines.bz2").write_bytes(bz2.compress(lines[:half]) + bz2.compress(lines[half:]))
