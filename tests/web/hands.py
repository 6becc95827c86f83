"""Ways to use a page: with a mouse, or with nothing but a keyboard."""


class Mouse:
    def __init__(self, page):
        self.page = page

    def press(self, words):
        """A link or a button with these words."""
        self.page.locator(":is(a, button):visible").filter(has_text=words).first.click()

    def write(self, field, text):
        self.page.fill(f"#f-{field}", text)

    def tick(self, words):
        self.page.check(f"label:has-text('{words}')")

    choose = tick


class Keyboard:
    """Tab to get there; Enter, Space and the arrows to act. What has the focus must be seen to have it."""

    MOST = 120
    HERE = """() => {
        const here = document.activeElement
        const label = here.closest('label')
        return { id: here.id, words: label ? label.innerText : here.innerText || '', outline: getComputedStyle(here).outlineStyle, at: here.tagName }
    }"""

    def __init__(self, page):
        self.page = page
        self.keys = page.keyboard

    def reach(self, is_it, what):
        here = self.page.evaluate(self.HERE)
        for _ in range(self.MOST):
            if is_it(here):
                assert here["outline"] != "none", f"{what} shows no focus"
                return
            self.keys.press("Tab")
            here = self.page.evaluate(self.HERE)
        raise AssertionError(f"{what} cannot be reached by Tab on {self.page.url}; last was {here}")

    def press(self, words):
        self.reach(lambda here: here["at"] in ("A", "BUTTON") and words in here["words"], words)
        self.keys.press("Enter")

    def write(self, field, text):
        self.reach(lambda here: here["id"] == f"f-{field}", field)
        self.keys.type(text)

    def tick(self, words):
        self.reach(lambda here: here["at"] == "INPUT" and words in here["words"], words)
        self.keys.press("Space")

    def choose(self, words):
        """One of several: Tab comes to the chosen one, the arrows go through the others."""
        every = self.page.locator("label:has(input[type=radio])")
        name = every.filter(has_text=words).locator("input").get_attribute("name")
        among = self.page.locator(f"input[name={name}]")
        self.reach(lambda _: among.evaluate_all("all => all.includes(document.activeElement)"), words)
        for _ in range(among.count()):
            if words in self.page.evaluate(self.HERE)["words"]:
                return
            self.keys.press("ArrowDown")
        raise AssertionError(f"{words} cannot be reached by the arrows")
