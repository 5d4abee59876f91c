"""Work's operations of the JSON door: tasks and claiming, one's claims and their proof, judging."""

from ninja import Router

from zhicunbao.work.api import claims, judges, tasks

router = Router(tags=["work"])
for part in (tasks, claims, judges):
    router.add_router("", part.router)
