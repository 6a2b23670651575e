"""The studio as an editor has it, in a real browser; and axe's opinion of all of it."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, FrameLocator, Page, expect

from newsletter.model import EditionState
from tests.look.conftest import browser, chromium, playwright
from tests.studio.conftest import LEAVING, Room

__all__ = ["browser", "chromium", "playwright"]

pytestmark = pytest.mark.browser

STORY = f"articles/{LEAVING}"
MAIL = "templates/daily/edition.mjml.j2"

#: Mail programs take <main> and its like away, so the mail has none.
EXEMPT = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}


Window = Callable[..., BrowserContext]


@pytest.fixture
def window(browser: Browser, room: Room) -> Iterator[Window]:
    """Opens windows of any size and scheme; whatever the browser complains of is a failure."""
    complaints: list[str] = []
    contexts = []

    def window(
        width: int = 1280, height: int = 800, scheme: Any = "light", **more: Any
    ) -> BrowserContext:
        size = {"width": width, "height": height}
        made = browser.new_context(
            base_url=room.url,
            viewport=size,  # type: ignore[arg-type]
            color_scheme=scheme,
            **more,
        )
        made.on("console", lambda said: complaints.append(said.text) if _wrong(said) else None)
        made.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(made)
        return made

    yield window
    for context in contexts:
        context.close()
    assert complaints == []


def _wrong(said: ConsoleMessage) -> bool:
    # A refusal is an answer that a browser writes into its log as well; so is a script that
    # is kept from running.
    expected = "409" in said.text or said.text.startswith("Blocked script execution")
    return said.type in {"error", "warning"} and not expected


@pytest.fixture
def context(window: Window) -> BrowserContext:
    return window()


def opened(context: BrowserContext, path: str = "/") -> Page:
    """The page, ready."""
    page = context.new_page()
    page.goto(path)
    page.wait_for_selector("body[data-ready]")
    expect(page.frame_locator("#first iframe").locator("h1")).to_be_visible()
    return page


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return opened(context)


def mail(page: Page, pane: str = "first") -> FrameLocator:
    return page.frame_locator(f"#{pane} iframe")


def test_every_view_can_be_chosen_and_stays_after_loading_again(page: Page) -> None:
    tools = page.get_by_role("toolbar", name="How to look")
    for width in ("320", "360", "390", "600", "1024"):
        tools.get_by_role("button", name=width, exact=True).click()
        expect(page.locator("#first .name")).to_contain_text(f"{width} · light")
        assert page.locator("#first iframe").evaluate("f => f.offsetWidth") == int(width)
        assert mail(page).locator("html").evaluate("() => innerWidth") == int(width)
    for scheme, ground in (
        ("Dark", "rgb(24, 27, 32)"),
        ("Forced", "rgb(18, 18, 18)"),
        ("Light", "rgb(255, 255, 255)"),
    ):
        tools.get_by_role("button", name=scheme, exact=True).click()
        expect(mail(page).locator(".card").first).to_have_css("background-color", ground)
    tools.get_by_role("button", name="Images").click()
    expect(mail(page).locator('img[src=""]').first).to_be_attached()
    tools.get_by_role("button", name="Style").click()
    expect(mail(page).locator("style")).to_have_count(0)
    tools.get_by_role("button", name="Text 200 %").click()
    expect(mail(page).locator("h1")).to_have_css("font-size", "56px")

    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#first .name")).to_have_text(
        "1024 · light · no images · no style · text 200 %"
    )


def test_what_the_mail_is_made_of_can_be_read(page: Page, room: Room) -> None:
    tools = page.get_by_role("toolbar", name="How to look")
    source = page.locator("#first .source")
    for kind, words in (
        ("Text", "THE SHIFTMAKER"),
        ("HTML", "<!DOCTYPE html>"),
        ("MJML", "<mj-body"),
        ("MIME", "List-Unsubscribe-Post"),
        ("Links", "https://theshiftmaker.example/"),
    ):
        tools.get_by_role("button", name=kind, exact=True).click()
        expect(source).to_contain_text(words)
        expect(page.locator("#first iframe")).to_be_hidden()
    expect(source.locator("tbody tr")).to_have_count(len(room.draft.rendition.links))
    tools.get_by_role("button", name="Outlook").click()
    expect(page.locator("#first iframe")).to_be_visible()
    expect(mail(page).locator("table.card-outlook").first).to_be_attached()
    tools.get_by_role("button", name="Yesterday").click()
    expect(mail(page, "second").locator("body")).to_contain_text(
        "There was no edition on Sat 4 Jul"
    )


def test_a_save_is_seen_without_losing_the_place(page: Page, room: Room) -> None:
    page.keyboard.press("2")
    inside = page.frame_locator("#first iframe").locator("html")
    inside.evaluate("() => scrollTo(0, 700)")
    frame = page.locator("#first iframe").element_handle()
    before = inside.evaluate("() => scrollY")
    room.edit(STORY, "dek: No login and no survey.", "dek: No login and no questions.")

    expect(mail(page).get_by_text("No login and no questions.")).to_be_attached()
    expect(mail(page, "second").get_by_text("No login and no questions.")).to_be_attached()
    assert inside.evaluate("() => scrollY") == before
    assert page.locator("#first iframe").element_handle().evaluate("(f, g) => f === g", frame)
    expect(page.locator("#first .name")).to_have_text("360 · light")


def test_a_line_that_comes_above_does_not_move_what_is_read(page: Page, room: Room) -> None:
    heading = mail(page).locator("h3").last
    heading.evaluate("e => scrollTo(0, e.getBoundingClientRect().top - 5)")
    before = heading.evaluate("e => Math.round(e.getBoundingClientRect().top)")
    room.edit(
        "templates/shared/lead.mjml.j2",
        "{% if lead.button %}",
        "<p>A new line.</p><p>And one more.</p>{% if lead.button %}",
    )

    expect(mail(page).get_by_text("And one more.")).to_be_attached()
    assert abs(heading.evaluate("e => Math.round(e.getBoundingClientRect().top)") - before) <= 1


def test_an_error_is_shown_at_its_line_above_the_last_good_mail(page: Page, room: Room) -> None:
    good = mail(page).locator("h1").inner_text()
    room.edit(MAIL, "{{ footer(letter) }}", "{{ storie }}\n{{ footer(letter) }}")

    fault = page.get_by_role("alert").filter(has_text="storie")
    expect(fault).to_contain_text("daily/edition.mjml.j2, line")
    expect(fault.locator(".here")).to_contain_text("{{ storie }}")
    expect(fault).to_contain_text("Below is the last good mail")
    expect(page.locator("#top .chip")).to_contain_text("Cannot be made")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    assert mail(page).locator("h1").inner_text() == good

    room.edit(MAIL, "{{ storie }}\n", "")
    expect(page.locator("#fault")).to_be_hidden()
    expect(page.get_by_role("button", name="Approve")).to_be_enabled()


def test_an_editor_approves_changes_a_headline_and_is_asked_again(page: Page, room: Room) -> None:
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Approve 5 articles for the readers of daily?")
    expect(dialog).to_contain_text("One warning is not ticked off.")
    dialog.get_by_label("Your name").fill("Asha")
    dialog.get_by_role("button", name="Approve").click()
    expect(page.locator("#top .chip")).to_have_text(re.compile("Approved"))
    expect(page.locator("#top .said")).to_contain_text("Approved by Asha")

    room.edit("articles/2026-07-05-ask-the-desk.md", "draft: true", "draft: false")
    room.edit(STORY, "dek: No login and no survey.", "dek: No login and no questions.")
    expect(page.locator("#top .chip")).to_have_text(re.compile("Changed"))
    page.get_by_role("button", name="See changes").click()
    expect(page.get_by_role("dialog")).to_contain_text("Asha approved")
    expect(page.get_by_role("dialog")).to_contain_text("A dek in ")
    page.get_by_role("dialog").get_by_role("button", name="Approve again").click()
    expect(page.get_by_role("dialog")).to_contain_text("A dek in ")
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.locator("#top .said")).to_contain_text("Approved by")
    assert room.live.shown.word.counts


def test_what_is_shown_is_copied_and_kept_as_a_file(context: BrowserContext, room: Room) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened(context)
    page.get_by_label("As", exact=True).select_option("plain")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Text", exact=True).click()
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toast")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("THE SHIFTMAKER")
    page.get_by_role("button", name="MIME").click()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Save as .eml").click()
    assert kept.value.suggested_filename == "daily-2026-07-05.eml"
    mail = message_from_bytes(Path(kept.value.path()).read_bytes(), policy=policy.default)
    text = mail.get_body(preferencelist=("plain",))
    assert mail["To"] == "Ann Lee <ann@example.com>"
    assert text
    assert text.get_content().splitlines()[0] == "THE SHIFTMAKER"
    assert room.draft.rendition.subject == mail["Subject"]


def test_what_asks_others_runs_when_somebody_presses_for_it(page: Page, room: Room) -> None:
    room.edit(STORY, "dek: No login", "url: http://10.0.0.1/inside\ndek: No login")
    expect(page.locator("#findings")).to_contain_text("works inside your own network only")
    expect(page.locator("#others summary")).to_contain_text("3 not run")
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog", name="Look further")
    dialog.get_by_role("button", name="Look", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing is ticked.")
    dialog.get_by_label("Follow every link").check()
    dialog.get_by_label("Ask DNS").check()
    dialog.get_by_role("button", name="Look", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("Looked at every link, the sender's DNS: ")
    expect(page.locator("#findings")).to_contain_text("leads nowhere")
    expect(page.locator("#findings")).to_contain_text("theshiftmaker.example is a made-up name")
    expect(page.locator("#others summary")).to_contain_text("1 not run")

    room.edit(STORY, "dek: No login", "dek: No password")
    expect(page.locator("#findings")).not_to_contain_text("leads nowhere")
    expect(page.locator("#others summary")).to_contain_text("3 not run")


def test_held_and_released_by_keys(page: Page, room: Room) -> None:
    page.keyboard.press("h")
    page.get_by_label("Why", exact=True).fill("waiting for a quote")
    page.get_by_role("dialog").get_by_role("button", name="Hold").click()
    expect(page.locator("#top .said")).to_contain_text("waiting for a quote. Not sent until")
    page.get_by_role("button", name="Release").click()
    expect(page.locator("#top .chip")).to_have_text(re.compile("Draft"))
    assert room.newsroom.viewing.standing(room.live.id).state is EditionState.DRAFT


def test_a_proof_is_sent_and_a_wrong_address_is_said_in_place(page: Page, room: Room) -> None:
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To").fill("nobody")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not")
    dialog.get_by_label("To").fill("asha@example.com")
    dialog.get_by_role("button", name="Send").click()
    expect(page.locator("#toast")).to_contain_text("Its unsubscribe link works and leaves nobody")
    assert len(list(room.folder.glob("outbox/new/*.eml"))) == 1


def test_a_finding_leads_to_its_place_and_a_warning_is_ticked_off(page: Page, room: Room) -> None:
    page.keyboard.press("j")
    expect(page.locator("#finding-1")).to_have_class(re.compile("here"))
    expect(page.locator("#first .ring")).to_be_visible()
    expect(page.locator("#first .pin")).to_have_text(["1"])
    anchor = page.locator("#finding-1").get_attribute("data-anchor") or ""
    expect(mail(page).locator(anchor)).to_have_count(1)
    page.get_by_label("Seen, send without").check()
    room.edit(STORY, "dek: No login", "dek: No password")
    expect(mail(page).get_by_text("No password and no survey")).to_be_attached()
    expect(page.get_by_label("Seen, send without")).to_be_checked()
    page.keyboard.press("a")
    expect(page.locator("#approve-left")).to_be_hidden()


def test_as_whom_says_what_differs(page: Page, room: Room) -> None:
    room.newsroom.circulation.add("ann@example.com", "daily", name="Ann Lee", again=False)
    page.get_by_label("As", exact=True).select_option("arabic")
    expect(page.locator("#differs")).to_contain_text("ليلى الحسيني")
    page.get_by_label("As", exact=True).select_option("?")
    page.get_by_label("A subscriber's address").press_sequentially("ann@")
    expect(page.locator("#found option")).to_have_attribute("value", "ann@example.com")
    page.get_by_label("A subscriber's address").fill("ann@example.com")
    page.keyboard.press("Enter")
    expect(page.locator("#differs")).to_contain_text("Ann Lee")
    expect(page.locator("#differs")).to_contain_text("daily: active")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="MIME").click()
    expect(page.locator("#first .source")).to_contain_text('"Ann Lee" <ann@example.com>')
    assert "ann" not in page.url


def test_every_key_does_what_the_list_says(page: Page) -> None:
    name = page.locator("#first .name")
    for key, words in (
        *(("1", "320 · light"), ("4", "600 · light"), ("3", "390 · light")),
        *(("d", "390 · dark"), ("d", "390 · forced dark"), ("d", "390 · light")),
        *(("i", "390 · light · no images"), ("i", "390 · light")),
        *(("s", "390 · light · no style"), ("s", "390 · light")),
        *(
            ("o", "Outlook · 390 · light"),
            ("o", "390 · light"),
            ("t", "text"),
            ("t", "390 · light"),
        ),
        *(("m", "MIME as sent"), ("m", "390 · light"), ("l", "links"), ("l", "390 · light")),
    ):
        page.keyboard.press(key)
        expect(name).to_have_text(words)
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert mail(page).locator("html").evaluate("() => scrollY") > 200
    page.keyboard.press("b")
    page.keyboard.press("w")
    expect(page.get_by_label("As", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("y")
    expect(page.locator("#second .name")).to_contain_text("yesterday")
    page.keyboard.press("Alt+2")
    expect(page.locator("#second")).to_have_count(0)
    page.keyboard.press("g")
    expect(page.locator("#desk")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_keys_work_inside_the_mail_and_can_be_switched_off(page: Page) -> None:
    mail(page).locator("h1").click()
    page.keyboard.press("1")
    expect(page.locator("#first .name")).to_have_text("320 · light")
    page.keyboard.press("?")
    page.get_by_label("Keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("4")
    page.wait_for_timeout(200)
    expect(page.locator("#first .name")).to_have_text("320 · light")
    page.reload()
    page.keyboard.press("4")
    page.wait_for_timeout(200)
    expect(page.locator("#first .name")).to_have_text("320 · light")


def test_the_width_is_dragged_and_moved_by_keys(page: Page) -> None:
    handle = page.get_by_role("separator", name="Width of the first view")
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + 7, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] - 20, box["y"] + 200, steps=4)
    page.mouse.up()
    width = int(handle.get_attribute("aria-valuenow") or 0)
    assert 300 < width < 390
    handle.focus()
    page.keyboard.press("ArrowRight")
    assert int(handle.get_attribute("aria-valuenow") or 0) == width + 10


HOUR = 1_783_215_000


@pytest.mark.parametrize(
    ("left", "here", "text", "urge"),
    [
        (3 * 86_400, "7:00", "7:00 IST on 5 Jul, in 3 days", "calm"),
        (5_400, "7:00", "7:00 IST in 90 min", "calm"),
        (1_680, "3:30", "7:00 IST in 28 min (3:30 here)", "soon"),
        (605, "7:00", "7:00 IST in 11 min", "soon"),
        (569, "7:00", "7:00 IST in 9:29", "close"),
        (-240, "7:00", "4 min late", "close"),
        (-5_460, "7:00", "91 min late", "late"),
        (-3 * 86_400, "7:00", "7:00 IST, 5 Jul", "calm"),
    ],
)
def test_the_clock_says_how_long_and_never_shouts(
    page: Page, left: int, here: str, text: str, urge: str
) -> None:
    facts = {"hour": HOUR, "deadline": HOUR + 5_400, "at": "7:00", "by": "8:30", "zone": "IST"}
    said = page.evaluate(
        "([facts, now, here]) => import('/clock.js').then(clock => clock.words(facts, now, here))",
        [{**facts, "day": "5 Jul"}, HOUR - left, here],
    )

    assert (said["text"], said["urge"]) == (text, urge)


def test_whatever_is_taken_over_comes_out_as_it_was_sent(page: Page) -> None:
    """Six hundred pairs of random trees, brought from one to the other."""
    wrong = page.evaluate(
        """async () => {
          const { morph } = await import('/live.js');
          let seed = 7;
          const dice = (n) => (seed = (seed * 16807) % 2147483647) % n;
          const tree = (depth) => {
            const node = document.createElement(['p', 'b', 'i', 'td', 'meta'][dice(5)]);
            if (dice(3) === 0) node.id = 'x' + dice(4);
            if (dice(2)) node.className = 'c' + dice(3);
            for (let n = dice(5); n > 0 && depth; n -= 1) {
              node.append(dice(3) ? tree(depth - 1) : dice(2) ? 't' + dice(9)
                : document.createComment('c' + dice(9)));
            }
            return node;
          };
          let wrong = 0;
          for (let n = 0; n < 600; n += 1) {
            const [old, fresh] = [document.createElement('div'), document.createElement('div')];
            old.append(tree(3), tree(2), tree(2));
            fresh.append(tree(3), tree(2));
            if (n % 3 === 0) fresh.replaceChildren(...old.cloneNode(true).childNodes, tree(2));
            const first = old.firstElementChild;
            morph(old, fresh);
            if (!old.isEqualNode(fresh)) wrong += 1;
            if (n % 3 === 0 && old.firstElementChild !== first) wrong += 1;
          }
          return wrong;
        }"""
    )

    assert wrong == 0


def test_nothing_in_a_mail_can_run_or_lead_away(room: Room, context: BrowserContext) -> None:
    room.edit(
        "templates/shared/footer.mjml.j2",
        "{{ letter.postal_address }}",
        "{{ letter.postal_address }}<script>top.stolen = 1</script>"
        '<a id="out" href="https://evil.example/" target="_top">out</a>'
        '<img src="x" onerror="top.stolen = 2" alt="">',
    )
    room.wait(lambda: "top.stolen" in room.draft.rendition.html)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto("/")
    page.wait_for_selector("body[data-ready]")
    mail(page).locator("#out").click()
    room.edit(STORY, "dek: No login", "dek: No password")
    expect(mail(page).get_by_text("No password and no survey")).to_be_attached()

    assert page.evaluate("window.stolen") is None
    assert page.url.startswith(room.url)
    assert [url for url in asked if not url.startswith((room.url, "data:"))] == []
    for frame in page.locator("iframe").all():
        sandbox = frame.get_attribute("sandbox")
        assert sandbox == "allow-same-origin"


def test_while_it_is_sent_the_numbers_move_by_themselves(page: Page, room: Room) -> None:
    for number in range(3):
        room.newsroom.circulation.add(f"r{number}@example.com", "daily", name="", again=False)
    room.newsroom.dispatch.plan(room.draft)
    room.newsroom.dispatch.deliver(room.live.id, show=lambda *_: None, stop=lambda: True)
    expect(page.locator("#top .chip")).to_have_text(re.compile("Sending 0 %"))
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#top .chip")).to_have_text(re.compile("Paused"))
    page.get_by_role("button", name="Resume").click()
    room.newsroom.dispatch.deliver(room.live.id, show=lambda *_: None, stop=lambda: False)
    expect(page.locator("#top .said")).to_have_text("3 accepted, 0 refused.")
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(room.draft.rendition.subject)
    expect(page.locator(".opening")).to_contain_text("3 of 3 accepted")
    # Its own style holds, and so does that of the mail in its frame.
    expect(page.locator("main.card")).to_have_css("background-color", "rgb(255, 255, 255)")
    inside = page.frame_locator("iframe[sandbox='']")
    expect(inside.locator("body")).to_be_visible()
    expect(inside.locator("h1").first).to_have_css("font-weight", "700")


@pytest.mark.parametrize("width", [1440, 1280, 1024, 820, 390])
def test_axe_finds_nothing_wrong_with_the_studio(window: Window, width: int) -> None:
    page = opened(window(width))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    _judge(page)
    if width == 1024:
        page.get_by_role("button", name="Desk").click()
        expect(page.locator("#desk")).to_be_visible()
        _judge(page)
        page.locator("#row .letter").click()
        expect(page.locator("#desk")).to_be_hidden()


def _judge(page: Page) -> None:
    """Have axe look at the page in both schemes; the frames are judged by themselves."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"iframes": False})
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"


def _spoil_story(page: Page, room: Room) -> None:
    room.edit(STORY, "dek: No login", "dek: TK no login")
    expect(page.locator("#findings")).to_contain_text("1 error")


def _spoil_template(page: Page, room: Room) -> None:
    room.edit(MAIL, "{{ footer(letter) }}", "{{ storie }}")
    expect(page.locator("#fault")).to_be_visible()


STATES: dict[str, Callable[[Page, Room], object]] = {
    "an error in a story": _spoil_story,
    "an error in a template": _spoil_template,
    "the mail as sent": lambda page, _: page.get_by_role("button", name="MIME").click(),
    "links": lambda page, _: page.get_by_role("button", name="Links").click(),
    "looking further": lambda page, _: page.keyboard.press("f"),
    "what found nothing": lambda page, _: page.locator("#others summary").click(),
    "keys": lambda page, _: page.keyboard.press("?"),
    "sizes": lambda page, _: page.get_by_role("button", name="Story by story").click(),
    "approving": lambda page, _: page.keyboard.press("a"),
    "a reader": lambda page, _: page.get_by_label("As", exact=True).select_option("hindi"),
    "past editions": lambda page, _: page.get_by_role("link", name="Past editions").click(),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_wrong_in_any_state(window: Window, room: Room, state: str) -> None:
    page = opened(window())
    STATES[state](page, room)
    page.wait_for_timeout(300)
    _judge(page)


@pytest.mark.parametrize("view", ["390-light", "390-dark", "390-forced", "600-light-outlook"])
def test_axe_finds_nothing_wrong_with_the_mail(room: Room, browser: Browser, view: str) -> None:
    # Under no policy of its own: axe itself is a script.
    context = browser.new_context(viewport={"width": 390, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{room.url}/mail/{view}")
    # Word's own branch repeats role="presentation"; contrast is what is asked of it.
    found = Axe().run(page, options={"rules": EXEMPT})

    assert found.violations_count == 0, found.generate_report()
    context.close()
