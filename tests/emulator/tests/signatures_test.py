"""Signed URLs: which of them give access to an object."""
import urllib.parse

from service import KEY, Emulator, content, equal

BYTES = content(500)


def store():
    service = Emulator()
    service.task("abc", output=BYTES)
    service.task("other", output=BYTES)
    return service


def split(target):
    path, _, query = target.partition("?")
    return path, dict(urllib.parse.parse_qsl(query))


def join(path, query):
    return f"{path}?{urllib.parse.urlencode(query)}"


def is_refused(answer, code):
    equal(answer.status, 403)
    assert f"<Code>{code}</Code>".encode() in answer.body, answer.body
    assert BYTES not in answer.body


def test_a_signed_url_needs_no_key():
    with store() as service:
        target = service.signed("abc/output.zip")
        equal(service.get(target).body, BYTES)
        equal(service.request("HEAD", target).status, 200)
        equal([line["key"] for line in service.log(kind="object")], [False, False])


def test_no_signature_is_refused():
    with store() as service:
        is_refused(service.get("/storage/abc/output.zip"), "AccessDenied")
        is_refused(service.get("/storage/abc/output.zip?x=y"), "AccessDenied")


def test_a_key_is_no_signature():
    with store() as service:
        is_refused(service.api("/storage/abc/output.zip"), "AccessDenied")


def test_any_tampered_parameter_is_refused():
    with store() as service:
        path, query = split(service.signed("abc/output.zip"))
        for name in ("X-Goog-Credential", "X-Goog-Date", "X-Goog-Expires", "X-Goog-Signature"):
            value = query[name]
            for changed in (value[:-1] + ("0" if value[-1] != "0" else "1"), value + "0", ""):
                is_refused(service.get(join(path, {**query, name: changed})), "SignatureDoesNotMatch")
        equal(service.get(join(path, query)).status, 200)


def test_any_missing_parameter_is_refused():
    with store() as service:
        path, query = split(service.signed("abc/output.zip"))
        for name in ("X-Goog-Credential", "X-Goog-Date", "X-Goog-Expires", "X-Goog-Signature"):
            left = {key: value for key, value in query.items() if key != name}
            missing = name == "X-Goog-Signature"
            is_refused(service.get(join(path, left)),
                       "AccessDenied" if missing else "SignatureDoesNotMatch")


def test_a_signature_is_for_one_path():
    with store() as service:
        _, query = split(service.signed("abc/output.zip"))
        is_refused(service.get(join("/storage/other/output.zip", query)), "SignatureDoesNotMatch")
        is_refused(service.get(join("/storage/abc/input.zip", query)), "SignatureDoesNotMatch")


def test_a_signature_is_asked_for_with_the_key():
    with store() as service:
        call = "/storage/signed-urls?paths=abc/output.zip&operation=download"
        equal(service.api(call, key=None).status, 401)
        equal(service.api(call).status, 200)


def test_several_paths_in_order():
    with store() as service:
        urls = service.api("/storage/signed-urls?paths=other/output.zip&paths=abc/output.zip"
                           "&operation=download&region=europe-west1").json()
        paths = [urllib.parse.urlparse(url).path for url in urls]
        equal(paths, ["/storage/other/output.zip", "/storage/abc/output.zip"])


def test_what_cannot_be_signed():
    with store() as service:
        calls = {
            "paths=abc/input.zip&operation=download": 404,
            "paths=none/output.zip&operation=download": 404,
            "paths=abc/output.zip&paths=none/output.zip&operation=download": 404,
            "paths=abc/output.zip&operation=download&region=elsewhere": 404,
            "paths=abc/output.zip&operation=upload": 403,
            "paths=abc/output.zip&operation=steal": 422,
            "paths=abc/output.zip": 422,
            "operation=download": 422,
        }
        for query, status in calls.items():
            answer = service.api("/storage/signed-urls?" + query)
            equal(answer.status, status, query)
            assert answer.detail(), query


def test_paths_of_any_characters():
    path = "user/a b&c=d?e#f%41+ü.zip"
    with store() as service:
        service.task("odd", {"storage_output_path": path}, output=BYTES)
        target = service.signed(path)
        assert not set(" &#+ü") & set(target.partition("?")[0]), target
        equal(service.get(target).body, BYTES)
        equal(service.log(kind="object")[0]["task"], "odd")
        equal(service.api("/storage/signed-urls?paths=odd/output.zip&operation=download").status, 404)


def test_a_url_survives_a_restart():
    with store() as service:
        target = service.signed("abc/output.zip")
        equal(service.stop()[0], 0)
        service.start()
        equal(service.get(target).body, BYTES)


def test_no_secret_is_logged():
    with store() as service:
        target = service.signed("abc/output.zip")
        service.get(target)
        _, query = split(target)
        service.log()
        text = (service.folder / "log").read_text()
        for secret in (KEY, query["X-Goog-Signature"], "X-Goog-Signature", "X-Goog-Credential"):
            assert secret not in text, secret
        assert "X-Goog-Date" in text
