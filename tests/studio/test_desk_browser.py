"""The desk in a real browser: by keyboard, by pointer, and beside somebody else who saves."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.look.conftest import browser, chromium, playwright
from tests.studio.conftest import Room
from tests.studio.test_browser import Window, _judge, context, mail, opened, page, window
from tests.studio.test_desk import kept, names, save

__all__ = ["browser", "chromium", "context", "page", "playwright", "window"]

pytestmark = pytest.mark.browser

LEAVE = "Leaving takes one press"
HOP = "Why every link in this mail goes through our own address first"


def story(page: Page, title: str) -> Locator:
    return page.locator(f'#desk .story[data-title="{title}"]')


def listed(page: Page) -> list[str]:
    """The titles of the first section, in their order."""
    found = page.locator("#desk ul[data-group='How we make this'] .story").all_inner_texts()
    return [one.strip() for one in found]


def test_a_story_goes_out_and_in_by_one_key_and_keeps_the_focus(page: Page, room: Room) -> None:
    story(page, LEAVE).focus()
    page.keyboard.press("x")
    expect(page.locator("#desk .out")).to_contain_text(LEAVE)
    expect(page.locator("#toast")).to_contain_text(f"“{LEAVE}” is out.")
    expect(mail(page).locator("h3", has_text=LEAVE)).to_have_count(0)
    expect(story(page, LEAVE)).to_be_focused()
    assert len(kept(room).out) == 1

    page.keyboard.press("x")
    expect(mail(page).locator("h3", has_text=LEAVE)).to_be_attached()
    page.keyboard.press("x")
    expect(mail(page).locator("h3", has_text=LEAVE)).to_have_count(0)
    page.keyboard.press("u")
    expect(mail(page).locator("h3", has_text=LEAVE)).to_be_attached()
    assert kept(room).out == ()


def test_stories_are_ordered_by_keys_and_a_voice_says_what_moved(page: Page, room: Room) -> None:
    story(page, LEAVE).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#say")).to_contain_text(f"“{LEAVE}” now stands before “{HOP}")
    expect(page.locator("#desk ul[data-group='How we make this'] .story").first).to_have_text(
        re.compile(LEAVE)
    )
    expect(story(page, LEAVE)).to_be_focused()
    expect(mail(page).locator("h3").first).to_have_text(re.compile(LEAVE))
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#say")).to_contain_text("first of How we make this already")
    page.keyboard.press("Alt+ArrowDown")
    expect(mail(page).locator("h3").first).to_have_text(re.compile(HOP))
    assert kept(room).articles


def test_stories_are_ordered_by_dragging(page: Page) -> None:
    grip = page.locator("#desk li", has_text=LEAVE).locator(".grip")
    goal = story(page, HOP).bounding_box()
    box = grip.bounding_box()
    assert goal
    assert box
    page.mouse.move(box["x"] + 8, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 8, goal["y"] + 4, steps=5)
    expect(page.locator("#desk li.before")).to_contain_text(HOP)
    page.mouse.up()

    expect(mail(page).locator("h3").first).to_have_text(re.compile(LEAVE))
    assert listed(page)[0] == LEAVE
    expect(page.locator("#desk li.before, #desk li.dragged")).to_have_count(0)


def test_a_story_is_pinned_by_keyboard_alone(page: Page, room: Room) -> None:
    story(page, LEAVE).focus()
    page.keyboard.press("Enter")
    expect(story(page, LEAVE)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Lead", exact=True)).to_be_focused()
    page.keyboard.press("Enter")

    expect(mail(page).locator("h1")).to_have_text(re.compile(LEAVE))
    expect(page.locator("#desk .lead")).to_contain_text(LEAVE)
    lead = page.locator("#desk .lead").get_by_role("button", name="Lead", exact=True)
    expect(lead).to_have_attribute("aria-pressed", "true")
    expect(lead).to_be_focused()
    assert kept(room).lead == names(room)[0]


def test_subject_and_preheader_say_their_lengths_and_reach_the_row(page: Page, room: Room) -> None:
    expect(page.locator("#length-subject")).to_have_text("46/60, by rule")
    page.get_by_label("Subject").fill("Alibaba bans Claude Code")
    expect(page.locator("#length-subject")).to_have_text("24/60")
    page.keyboard.press("Enter")
    expect(page.locator("#row .subject")).to_have_text("Alibaba bans Claude Code")
    page.get_by_label("Preheader").fill("It takes effect on July 10.")
    page.keyboard.press("Tab")
    expect(page.locator("#row .preheader")).to_have_text("It takes effect on July 10.")
    page.get_by_label("Sponsor").select_option("None")
    expect(mail(page).get_by_text("Sponsor ·")).to_have_count(0)

    assert (kept(room).subject, kept(room).sponsor) == ("Alibaba bans Claude Code", "")
    assert kept(room).preheader == "It takes effect on July 10."


@pytest.mark.parametrize("theirs", [True, False])
def test_somebody_elses_newer_save_is_shown_and_chosen_about(
    page: Page, room: Room, *, theirs: bool
) -> None:
    field = page.get_by_label("Subject")
    field.press_sequentially("Ours")
    save(room, subject="Theirs")
    expect(page.locator("#row .subject")).to_have_text("Theirs")
    expect(field).to_have_value("Ours")
    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="Somebody else saved first")
    expect(dialog).to_contain_text("subject: theirs “Theirs”, ours “Ours”")
    _judge(page)
    dialog.get_by_role("button", name="Keep theirs" if theirs else "Make mine on top").click()
    expect(field).to_have_value("Theirs" if theirs else "Ours")
    expect(page.locator("#row .subject")).to_have_text("Theirs" if theirs else "Ours")
    assert kept(room).subject == ("Theirs" if theirs else "Ours")


def test_after_an_approval_a_story_is_withdrawn_in_one_press(page: Page, room: Room) -> None:
    room.do("approve", by="Asha")
    expect(page.locator("#top .chip")).to_have_text(re.compile("Approved"))
    story(page, LEAVE).click()
    page.get_by_role("button", name="Withdraw").click()

    expect(mail(page).locator("h3", has_text=LEAVE)).to_have_count(0)
    expect(page.locator("#desk .out")).to_contain_text("withdrawn by")
    expect(page.locator("#top .chip")).to_have_text(re.compile("Approved"))
    assert room.live.shown.word.counts


def test_what_is_chosen_after_an_approval_is_asked_about_again(page: Page, room: Room) -> None:
    room.do("approve", by="Asha")
    expect(page.locator("#top .chip")).to_have_text(re.compile("Approved"))
    story(page, LEAVE).focus()
    page.keyboard.press("x")
    expect(page.locator("#top .chip")).to_have_text(re.compile("Changed"))
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Since Asha approved")
    expect(dialog).to_contain_text(" is missing")
    dialog.get_by_role("button", name="Approve").click()
    expect(page.locator("#top .chip")).to_have_text(re.compile("Approved"))


def test_moves_come_faster_than_the_page_and_each_is_made_on_the_one_before(
    page: Page, room: Room
) -> None:
    story(page, LEAVE).focus()
    for key in ("x", "x", "Alt+ArrowUp", "x"):
        page.keyboard.press(key)
    # A list of its own comes with the third move, and then it is out once more.
    room.wait(lambda: kept(room).articles and kept(room).out)
    expect(mail(page).locator("h3", has_text=LEAVE)).to_have_count(0)
    page.keyboard.press("u")
    room.wait(lambda: not kept(room).out)
    expect(page.locator("#desk ul[data-group='How we make this'] .story").first).to_have_text(
        re.compile(LEAVE)
    )
    expect(page.locator("#theirs")).to_be_hidden()


def test_words_that_follow_each_other_without_a_pause_are_all_saved(page: Page, room: Room) -> None:
    page.get_by_label("Subject").press_sequentially("A ban")
    page.keyboard.press("Tab")
    page.get_by_label("Preheader").press_sequentially("From July on.")
    page.keyboard.press("Enter")
    expect(page.locator("#row .preheader")).to_have_text("From July on.")
    expect(page.get_by_label("Preheader")).to_be_focused()
    expect(page.locator("#theirs")).to_be_hidden()
    assert (kept(room).subject, kept(room).preheader) == ("A ban", "From July on.")


def test_on_a_tablet_stories_are_ordered_by_a_finger(window: Window, room: Room) -> None:
    context = window(820, 1180, has_touch=True)
    page = opened(context)
    page.get_by_role("button", name="Desk").tap()
    box = page.locator("#desk li", has_text=LEAVE).locator(".grip").bounding_box()
    goal = story(page, HOP).bounding_box()
    assert box
    assert goal
    # Wide enough for a finger (WCAG 2.5.8), and it does not scroll the list.
    assert min(box["width"], box["height"]) >= 24
    fingers = context.new_cdp_session(page)
    x = box["x"] + box["width"] / 2

    def touch(kind: str, y: float = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", box["y"] + 12)
    for share in (0.3, 0.6, 1.0):
        touch("touchMove", box["y"] + share * (goal["y"] + 4 - box["y"]))
    expect(page.locator("#desk li.before")).to_contain_text(HOP)
    touch("touchEnd")

    expect(mail(page).locator("h3").first).to_have_text(re.compile(LEAVE))
    assert kept(room).articles
    # By mouse: Chromium lets no tap count that comes as soon after a finger has moved.
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#desk")).to_be_hidden()


def test_a_story_is_found_by_its_words_and_stays_so(page: Page, room: Room) -> None:
    page.keyboard.press("/")
    page.keyboard.type("NIGHT type")
    stories = page.locator("#desk .story:visible")
    expect(stories).to_have_count(1)
    expect(stories).to_contain_text("Type at night")
    save(room, subject="Theirs")
    expect(page.locator("#row .subject")).to_have_text("Theirs")
    expect(stories).to_have_count(1)
    page.get_by_label("Find a story").fill("zzz")
    expect(page.locator("#found-none")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 820])
def test_axe_finds_nothing_wrong_with_the_desk(window: Window, width: int) -> None:
    page = opened(window(width))
    if width < 1280:
        page.get_by_role("button", name="Desk").click()
    story(page, LEAVE).click()
    expect(page.get_by_role("group", name=f"Move {LEAVE}")).to_be_visible()
    _judge(page)
