"""What would hold a plan's process on this machine, for those who look after it."""

from __future__ import annotations

from ..errors import SandboxError
from ..sandbox import Layers
from ..sandbox.blanks import FLOOR
from ..sandbox.local import ProcessSandbox


async def wall() -> Layers:
    """For each layer: None where it holds, else why it does not."""
    sandbox = ProcessSandbox(unsafe=True)
    try:
        return await sandbox.layers()
    except SandboxError as error:  # where no process can be started, nothing holds one
        return dict.fromkeys(FLOOR, str(error))
    finally:
        await sandbox.close()
