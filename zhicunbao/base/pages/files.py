"""Handing out uploaded files, each time after asking access."""

from django.http import FileResponse, HttpResponseBase, HttpResponseNotModified
from django.urls import path
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from zhicunbao.base import files, queries
from zhicunbao.base.http import Request, signed_in
from zhicunbao.kernel import clock


@require_safe
@signed_in
def file(request: Request, attachment_id: int) -> HttpResponseBase:
    """Hand out the file itself."""
    return _answer(request, attachment_id, thumbnail=False)


@require_safe
@signed_in
def file_thumb(request: Request, attachment_id: int) -> HttpResponseBase:
    """Hand out a photo's thumbnail."""
    return _answer(request, attachment_id, thumbnail=True)


def _answer(request: Request, attachment_id: int, *, thumbnail: bool) -> HttpResponseBase:
    kept = queries.fetch_file(request.actor, attachment_id)
    etag = quote_etag(f"{kept.stored_sha256}{'-t' if thumbnail else ''}")
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        day = clock.local_date(kept.uploaded_at)
        response = FileResponse(
            files.stored_file(kept, thumbnail=thumbnail).open("rb"),
            filename=f"{day:%Y%m%d}-{kept.pk}.jpg",
            content_type=kept.media_type,
        )
    response.headers["ETag"] = etag
    # By the person's own browser alone and not for long: who may see a file changes with posts.
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


urlpatterns = [
    path("files/<int:attachment_id>/", file, name="file"),
    path("files/<int:attachment_id>/thumb/", file_thumb, name="file_thumb"),
]
