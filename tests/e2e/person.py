"""Somebody with a browser that follows nothing by itself: cookies are kept, redirects are looked at."""

import http.cookies
import json
import re
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = "correct horse battery"


class Answer:
    def __init__(self, answer):
        self.status = answer.status if hasattr(answer, "status") else answer.code
        self.headers = {name.lower(): value for name, value in answer.headers.items()}
        self.cookies = answer.headers.get_all("set-cookie") or []
        self.text = answer.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def to(self):
        """Where it sends the browser, as a path."""
        return self.headers.get("location")


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Person:
    def __init__(self, app, **headers):
        self.app = app
        self.jar = {}
        self.always = headers
        self.opener = urllib.request.build_opener(Stay)

    def ask(self, method, path, body=None, **headers):
        given = {"sec-fetch-site": "same-origin", **self.always, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.jar:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        request = urllib.request.Request(self.app.base() + path, method=method, data=body)
        for name, value in given.items():
            if value is not None:
                request.add_header(name, value)
        try:
            answer = Answer(self.opener.open(request, timeout=20))
        except urllib.error.HTTPError as error:
            answer = Answer(error)
        for line in answer.cookies:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.jar.pop(name, None)
                else:
                    self.jar[name] = morsel.value
        return answer

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, fields=(), **headers):
        pairs = list(fields.items() if isinstance(fields, dict) else fields)
        body = urllib.parse.urlencode(pairs, doseq=True).encode()
        return self.ask("POST", path, body, content_type="application/x-www-form-urlencoded", **headers)

    def send(self, method, path, body=None, **headers):
        """JSON to the API."""
        return self.ask(method, "/api/v1" + path, None if body is None else json.dumps(body).encode(), content_type="application/json", **headers)

    def sign_in(self, email="ada@example.com", password=PASSWORD, **more):
        return self.post("/sign-in", {"email": email, "password": password, **more})

    def is_signed_in(self):
        return self.get("/settings").status == 200


def link(app):
    """The path of the newest link that the program printed."""
    found = re.findall(r"https?://\S+(/welcome\?token=\S+)", app.logged())
    return found[-1] if found else None


def welcome(app, person=None, **fields):
    """Makes the owner with the printed link."""
    person = person or Person(app)
    token = link(app).split("token=")[1]
    answer = person.post("/welcome", {"token": token, "email": "Ada@Example.com", "name": "Ada", "password": PASSWORD, **fields})
    assert answer.status == 303, answer.text
    return person
