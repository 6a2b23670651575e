"""How the schema came to be, step by step; each step stays as it was when it was released."""

from pathlib import Path

from sqlalchemy import Connection

#: The newest step; a test compares it with the files in `versions/`.
LATEST = "0009"


def upgrade(connection: Connection) -> None:
    """Run the steps that are missing, inside the connection's transaction."""
    # Alembic takes longer to import than most commands take: only a migration pays for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
