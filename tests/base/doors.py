"""Who comes through which door of the base floor."""

from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.base.pictures import jpeg
from tests.cast import Town
from tests.doors import ABOVE, ANYONE, DONGMEN, SIGNED_IN, STAFF, STREET, Door
from zhicunbao.base import audit, files, outbox
from zhicunbao.base.models import Area, Attachment, OutboxMessage, Person, Post

NOBODY: frozenset[str] = frozenset()
VIEWERS = ABOVE | DONGMEN | {"sysadmin"}
"""Who look at areas and people in 东门社区."""
APPOINTERS = STREET | {"admin", "sysadmin"}
AUDITORS = STREET | {"oversight", "auditor", "sysadmin"}


@dataclass
class Scene:
    """A micro-grid, its grid member with a photo, and a message to the villager."""

    area: Area
    person: Person
    post: Post
    photo: Attachment
    message: OutboxMessage


def scene(town: Town) -> Scene:
    """Upload, tell, record."""
    member = town.person("member")
    photo = _photo(town, 1)
    _tell(town, 1)
    audit.record(town.actor("admin"), "base.person_added", member, area_prefix="331125001004")
    return Scene(
        area=town.red_lane,
        person=member,
        post=Post.objects.get(person=member),
        photo=photo,
        message=OutboxMessage.objects.get(person=town.person("villager")),
    )


def more(town: Town, scene: Scene) -> None:
    """Add two people with posts, two micro-grids, two messages, two entries of the audit."""
    for number in (2, 3):
        code = f"331125001004010{number + 1:02d}"
        Area.objects.create(
            code=code,
            prefix=code,
            name=f"新里{number}",
            level="micro_grid",
            parent=scene.area.parent,
        )
        someone = Person.objects.create(name=f"新人{number}", phone=f"1390000000{number}")
        for place in (scene.area, town.dongmen):
            Post.objects.create(
                person=someone,
                role="grid_member" if place == scene.area else "villager",
                area=place,
                area_prefix=place.prefix,
                starts_on="2026-01-01",
            )
        Post.objects.create(
            person=scene.person,
            role="villager",
            area=town.dongmen,
            area_prefix=town.dongmen.prefix,
            starts_on=f"2025-0{number}-01",
            ends_on=f"2025-0{number}-28",
        )
        _tell(town, number)
        audit.record(town.actor("admin"), "base.person_added", someone, area_prefix="331125001004")


def _photo(town: Town, seed: int) -> Attachment:
    upload = SimpleUploadedFile("a.jpg", jpeg(seed=seed), "image/jpeg")
    return files.keep_photo(town.actor("member"), upload, area_prefix=town.red_lane.prefix)


def _tell(town: Town, number: int) -> None:
    people = [town.person(key).pk for key in ("villager", "admin", "member")]
    outbox.tell(people, key=f"base-{number}", title="任务已发布", text="请在期限内认领。")


def _area(scene: Scene) -> dict[str, object]:
    return {"code": scene.area.code}


def _rows(scene: Scene) -> dict[str, object]:
    return {"code": scene.area.code, "kind": "grid_members"}


def _person(scene: Scene) -> dict[str, object]:
    return {"person_id": scene.person.pk}


def _post(scene: Scene) -> dict[str, object]:
    return {"post_id": scene.post.pk}


def _photo_of(scene: Scene) -> dict[str, object]:
    return {"attachment_id": scene.photo.pk}


def _message(scene: Scene) -> dict[str, object]:
    return {"message_id": scene.message.pk}


VILLAGER = frozenset(("villager",))
SEES_PERSON = VIEWERS | {"member"}
DOORS = [
    # The door itself. Outside a demo nobody enters by one click; without a password no code is due.
    Door("base:sign_in", ANYONE),
    Door("base:sign_in", ANYONE, method="post"),
    Door("base:sign_in_code", NOBODY),
    Door("base:sign_in_code", NOBODY, method="post"),
    Door("base:sign_in_demo", NOBODY, method="post"),
    Door("base:sign_out", NOBODY, method="post"),
    # What an installation says of itself; the living style page is there in a demo alone.
    Door("base:about", ANYONE),
    Door("base:healthz", ANYONE),
    Door("base:robots", ANYONE),
    Door("base:favicon", ANYONE),
    Door("base:look", NOBODY),
    # One's own.
    Door("base:me", SIGNED_IN),
    Door("base:look_set", SIGNED_IN, method="post"),
    Door("base:password", SIGNED_IN),
    Door("base:password", SIGNED_IN, method="post"),
    Door("base:second_factor", SIGNED_IN),
    Door("base:second_factor", SIGNED_IN, method="post"),
    Door("base:messages", SIGNED_IN),
    Door("base:messages_read", SIGNED_IN, method="post"),
    Door("base:message", VILLAGER, at=_message),
    # Places.
    Door("base:area_home", STAFF | {"sysadmin"}),
    Door("base:area", VIEWERS, at=_area),
    Door("base:area_rows", VIEWERS, at=_rows),
    # People and posts.
    Door("base:people", STAFF | {"sysadmin"}),
    Door("base:person", SEES_PERSON, at=_person),
    Door("base:person_new", APPOINTERS | {"other_admin"}),
    Door("base:person_new", APPOINTERS | {"other_admin"}, method="post"),
    Door("base:person_appoint", APPOINTERS, at=_person, sees=SEES_PERSON),
    Door("base:person_appoint", APPOINTERS, at=_person, sees=SEES_PERSON, method="post"),
    Door("base:person_password", APPOINTERS, at=_person, sees=SEES_PERSON, method="post"),
    Door("base:person_second_factor", APPOINTERS, at=_person, sees=SEES_PERSON, method="post"),
    Door("base:post_end", APPOINTERS, at=_post, sees=SEES_PERSON),
    Door("base:post_end", APPOINTERS, at=_post, sees=SEES_PERSON, method="post"),
    # The audit.
    Door("base:audit", AUDITORS),
    Door("base:audit_check", AUDITORS),
    # Files.
    Door("base:file", ABOVE | DONGMEN | {"member"}, at=_photo_of),
    Door("base:file_thumb", ABOVE | DONGMEN | {"member"}, at=_photo_of),
]
