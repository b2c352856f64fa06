"""The endpoints that take the whole database back to a named moment, or to none, or copy it elsewhere.

Triggers stand still meanwhile, and then go on from the progress that they had at that moment.
"""

from pathlib import Path
from typing import Final

from dynalite.snapshots import NoSuchSnapshot, Snapshot
from server.admin.endpoint import Admin, Endpoint, Parameter, Parameters, Refusal, text


def described(snapshot: Snapshot) -> dict[str, object]:
    return {"name": snapshot.name, "taken_at": snapshot.taken_at, "tables": snapshot.tables}


async def show_all(admin: Admin, parameters: Parameters) -> object:
    return {"snapshots": [described(snapshot) for snapshot in admin.database.snapshots.all()]}


def _alone(admin: Admin) -> None:
    """Refuse where other servers use the same store: they would not go along."""
    if admin.database.sharing is not None:
        raise Refusal(409, "Other servers may use this database, so it is not taken to another time.")


async def take(admin: Admin, parameters: Parameters) -> object:
    _alone(admin)
    return described(admin.database.snapshots.take(parameters["name"]))


async def restore(admin: Admin, parameters: Parameters) -> object:
    try:
        async with admin.triggers.paused():
            return described(await admin.database.snapshots.restore(parameters["name"]))
    except NoSuchSnapshot as error:
        raise Refusal(404, str(error)) from error


async def remove(admin: Admin, parameters: Parameters) -> object:
    try:
        admin.database.snapshots.remove(parameters["name"])
    except NoSuchSnapshot as error:
        raise Refusal(404, str(error)) from error
    return {}


async def reset(admin: Admin, parameters: Parameters) -> object:
    _alone(admin)
    async with admin.triggers.paused():
        await admin.database.snapshots.reset()
    return {}


async def back_up(admin: Admin, parameters: Parameters) -> object:
    from dynalite.copying import CannotCopy  # seldom needed

    folder = Path(parameters["folder"])
    if not folder.is_absolute():
        raise Refusal(400, "folder must be an absolute path: the server may have been started elsewhere.")
    try:
        copied = await admin.database.copy_to(folder)
    except CannotCopy as error:
        raise Refusal(409, str(error)) from error
    return {"folder": str(folder), "rows": copied.rows, "files": copied.files}


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/_admin/reset",
        "Drop everything: all tables of all regions with their streams, and all tokens. Snapshots, triggers"
        " and the clock stay.",
        reset,
    ),
    Endpoint(
        "POST",
        "/_admin/backup",
        "Copy the whole database as it is now into a new data folder, for `dynalite serve --data`, and answer"
        " when it is complete. Nobody is held up.",
        back_up,
        (Parameter("folder", text, "an absolute path on the server's machine; it must not exist", True),),
    ),
    Endpoint("GET", "/_admin/snapshots", "Which snapshots there are, oldest first.", show_all),
    Endpoint(
        "POST",
        "/_admin/snapshots/{name}",
        "Remember the whole database as it is now; a snapshot of the same name is replaced.",
        take,
    ),
    Endpoint(
        "POST",
        "/_admin/snapshots/{name}/restore",
        "Make the whole database what it was when the snapshot was taken. It can be restored again.",
        restore,
    ),
    Endpoint("DELETE", "/_admin/snapshots/{name}", "Forget a snapshot.", remove),
)
