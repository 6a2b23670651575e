import threading
import time

from starlette.responses import Response

from newsletter.web.kept import Kept


def test_a_page_is_made_once_for_all_who_come_at_once() -> None:
    kept, made = Kept(fresh=60), []

    def make() -> Response:
        made.append(1)
        time.sleep(0.05)
        return Response("page")

    threads = [threading.Thread(target=kept.get, args=("a", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 1
    kept.get("b", make)
    assert len(made) == 2


def test_after_its_moment_it_is_made_anew() -> None:
    kept, made = Kept(fresh=0), []

    def make() -> Response:
        made.append(1)
        return Response("page")

    for _ in range(2):
        kept.get("a", make)

    assert len(made) == 2


def test_what_could_not_be_made_is_tried_again() -> None:
    kept = Kept()
    tries: list[int] = []

    def make() -> Response:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("away")
        return Response("page")

    try:
        kept.get("a", make)
    except RuntimeError:
        assert kept.get("a", make).body == b"page"
