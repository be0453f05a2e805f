import base64
import hashlib
import uuid
from urllib.parse import parse_qs, quote, unquote, urlencode, urljoin, urlsplit

from agentflow import Workflow, tools


class Seals(Workflow):
    """Chain files by their digests, and hand out links that can be checked."""

    async def run(self, event, step):
        previous, links = b"", []
        for path in event.payload["files"]:
            data = await step.do(f"read {path}", tools.files.read(path=path))
            seal = hashlib.blake2b(previous + data, digest_size=12)
            previous = seal.digest()
            token = base64.urlsafe_b64encode(previous).decode().rstrip("=")
            name = uuid.uuid5(uuid.NAMESPACE_URL, path)
            query = urlencode({"t": token, "file": path, "size": len(data)})
            links.append(urljoin("https://files.example/a/b", f"../get/{quote(str(name))}?{query}"))
        parts = urlsplit(links[-1])
        fields = parse_qs(parts.query)
        again = base64.urlsafe_b64decode(fields["t"][0] + "=" * (-len(fields["t"][0]) % 4))
        short = base64.b32encode(hashlib.md5(again).digest()[:5]).decode()
        return {
            "links": len(links),
            "host": parts.netloc,
            "file": unquote(fields["file"][0]),
            "same": again == previous,
            "short": len(short),
            "crc": hashlib.sha1(b"".join(link.encode() for link in links)).hexdigest()[:0],
        }
