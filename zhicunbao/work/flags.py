"""What the machine notices about a claim: photos like earlier ones, an old camera time, a position
outside. A flag is shown beside the case to those who judge; it never blocks and never decides.
A position that was not given is no flag: giving it is up to the person.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Prefetch, prefetch_related_objects

from zhicunbao.base.models import Attachment
from zhicunbao.base.reach import under
from zhicunbao.casework.models import Evidence
from zhicunbao.kernel import clock
from zhicunbao.work.models import Claim, Comparison
from zhicunbao.work.queries import last_round

TOWNSHIP_DIGITS: Final = 9
"""Near-duplicates are looked for in the same street or township: one shows another's photos to
those who judge, and they work there."""
SIMILAR_BITS: Final = 6
HASH_BITS: Final = 64
BAND_BITS: Final = HASH_BITS // 4
WORDS: Final = {
    "similar": "相似照片",
    "old": "拍得早",
    "outside": "不在范围",
}
"""Kind of flag → the short word in a table."""


@dataclass(frozen=True)
class Flag:
    """Something that the machine noticed, in a sentence part; about one photo or the whole."""

    kind: str
    text: str
    evidence_id: int | None = None
    similar: Attachment | None = None

    @property
    def word(self) -> str:
        """The short form."""
        return WORDS[self.kind]


EVIDENCE: Final = Prefetch(
    "case__evidence",
    queryset=Evidence.objects.select_related("attachment").order_by("round", "pk"),
)
"""What a claim needs at hand to be shown and flagged, whatever the number of claims."""


def flags_of(claim: Claim) -> list[Flag]:
    """Return what a person who judges ``claim`` should look at twice."""
    return flags_of_many([claim])[claim.pk]


def flags_of_many(claims: Sequence[Claim]) -> dict[int, list[Flag]]:
    """Return the flags of each claim by its number, in as many queries for one as for many.

    A photo is compared with those sent in earlier in the same township, except what the same case
    brought in an earlier round: sending a photo again after a return is what was asked for. The
    caller shows a similar photo only to those who may see it.
    """
    prefetch_related_objects(claims, EVIDENCE)
    rounds = {claim.pk: last_round(claim) for claim in claims}
    photos = [
        row.attachment
        for evidence in rounds.values()
        for row in evidence
        if row.attachment is not None
    ]
    earlier = _earlier_rounds(row for claim in claims for row in claim.case.evidence.all())
    similar = _most_similar(photos, earlier)
    return {claim.pk: list(_flags(claim, rounds[claim.pk], similar)) for claim in claims}


def compare(rows: Sequence[Evidence]) -> list[Comparison]:
    """Return what the photos of ``rows`` are like, to be kept. For photos that have settled: none
    that was sent in earlier can still appear.
    """
    together = Evidence.objects.filter(case__in={row.case_id for row in rows}).order_by()
    photos = [row.attachment for row in rows if row.attachment is not None]
    found = _compared(photos, _earlier_rounds(together))
    nothing = (None, None)
    return [
        Comparison(attachment=photo, other_id=other, bits=bits)
        for photo in photos
        for other, bits in [found.get(photo.pk, nothing)]
    ]


def _earlier_rounds(rows: Iterable[Evidence]) -> dict[int, set[int]]:
    """Return for each photo those that its own case brought in earlier rounds."""
    cases: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        if row.attachment_id:
            cases[row.case_id].append((row.round, row.attachment_id))
    return {
        mine: {other for before, other in brought if before < now}
        for brought in cases.values()
        for now, mine in brought
    }


def _flags(
    claim: Claim, evidence: list[Evidence], similar: dict[int, tuple[Attachment, int]]
) -> Iterator[Flag]:
    together = {row.attachment_id for row in evidence}
    for row in evidence:
        if row.attachment is None:
            continue
        if row.attachment.pk in similar:
            other, bits = similar[row.attachment.pk]
            alike = f"相似 {100 - round(bits * 100 / HASH_BITS)}%"
            day = clock.local_date(other.uploaded_at)
            which = "本件另一张" if other.pk in together else f" {day.month}月{day.day}日这张"
            yield Flag("similar", f"与{which}{alike}", row.pk, other)
        taken = row.attachment.camera_at
        if taken is not None and taken < claim.claimed_at - clock.DAY:
            day = clock.local_date(taken)
            yield Flag("old", f"相机时间是 {day.month}月{day.day}日，早于认领", row.pk)
    positions = [e for e in evidence if e.kind == Evidence.Kind.POSITION]
    if any(p.is_inside is False for p in positions):
        yield Flag("outside", "位置不在任务范围内")


def _most_similar(
    photos: Sequence[Attachment], excepted: dict[int, set[int]]
) -> dict[int, tuple[Attachment, int]]:
    """Return the most similar earlier photo of each photo that has one, and the bits between."""
    kept = Comparison.objects.in_bulk([photo.pk for photo in photos])
    best = {
        pk: (row.other_id, row.bits)
        for pk, row in kept.items()
        if row.other_id is not None and row.bits is not None
    }
    best |= _compared([photo for photo in photos if photo.pk not in kept], excepted)
    others = Attachment.objects.in_bulk({other for other, _ in best.values()})
    return {mine: (others[other], bits) for mine, (other, bits) in best.items()}


def _compared(
    photos: Sequence[Attachment], excepted: dict[int, set[int]]
) -> dict[int, tuple[int, int]]:
    """Go through every photo of the township of each of ``photos`` and return by number the most
    similar earlier one and the bits between. One query for a township, two with even surfaces.
    """
    townships: dict[str, list[Attachment]] = defaultdict(list)
    for photo in photos:
        if photo.perceptual_hash:
            townships[photo.area_prefix[:TOWNSHIP_DIGITS]].append(photo)
    best: dict[int, tuple[int, int]] = {}
    for township, own in townships.items():
        for mine, other, bits in _pairs(own, township):
            if other < mine and other not in excepted.get(mine, ()):
                best[mine] = min(best.get(mine, (HASH_BITS, 0)), (bits, other))
    return {mine: (other, bits) for mine, (bits, other) in best.items()}


def _pairs(photos: Sequence[Attachment], township: str) -> Iterator[tuple[int, int, int]]:
    """Yield (own photo, other photo, bits between) for all that look alike.

    Two hashes at most six bits apart agree but for one bit in at least one of four bands, so each
    other photo is compared only with those of ours that it meets in a band. A hash of zero is an
    even surface, like every other: there only the very same file counts.
    """
    hashed = {photo.pk: int(photo.perceptual_hash, 16) for photo in photos}
    first, second, third, fourth = _bands({pk: value for pk, value in hashed.items() if value})
    if first:
        rows = Attachment.objects.filter(under([township])).exclude(perceptual_hash="")
        hashes = rows.order_by().values_list("pk", "perceptual_hash")
        for other, text in hashes.iterator(chunk_size=10_000):
            # Digits are looked up as they stand: tens of thousands of rows pass here for a page.
            one, two, three, four = text[:4], text[4:8], text[8:12], text[12:]
            if one in first or two in second or three in third or four in fourth:
                met = {
                    *first.get(one, ()),
                    *second.get(two, ()),
                    *third.get(three, ()),
                    *fourth.get(four, ()),
                }
                for mine in met:
                    bits = (hashed[mine] ^ int(text, 16)).bit_count()
                    if bits <= SIMILAR_BITS:
                        yield mine, other, bits
    even = {p.pk: p.sha256 for p in photos if hashed.get(p.pk) == 0}
    if even:
        same = Attachment.objects.filter(under([township]), sha256__in=set(even.values()))
        for other, sha256 in same.order_by().values_list("pk", "sha256"):
            yield from ((mine, other, 0) for mine, own in even.items() if own == sha256)


def _bands(hashed: dict[int, int]) -> list[dict[str, list[int]]]:
    """Return for each of the four bands its four hex digits, and all one bit away, → our photos."""
    bands: list[dict[str, list[int]]] = []
    for shift in range(HASH_BITS - BAND_BITS, -1, -BAND_BITS):
        band: dict[str, list[int]] = {}
        for pk, value in hashed.items():
            part = value >> shift & (1 << BAND_BITS) - 1
            for change in (0, *(1 << bit for bit in range(BAND_BITS))):
                band.setdefault(f"{part ^ change:04x}", []).append(pk)
        bands.append(band)
    return bands
