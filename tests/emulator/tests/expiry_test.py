"""When a signed URL expires."""
import time

from service import Emulator, content, equal, eventually

BYTES = content(100)


def store(*options):
    service = Emulator(*options)
    service.task("abc", output=BYTES)
    return service


def test_a_url_lives_as_long_as_it_should():
    lifetime = 1.2
    with store("--url-lifetime", lifetime) as service:
        before = time.time()
        target = service.signed("abc/output.zip")
        after = time.time()
        assert "X-Goog-Expires=2&" in target, target
        while True:
            asked = time.time()
            answer = service.get(target)
            if answer.status != 200 or asked > after + lifetime:
                break
            time.sleep(0.02)
        equal(answer.status, 403)
        assert b"<Code>ExpiredToken</Code>" in answer.body, answer.body
        assert time.time() >= before + lifetime - 0.01, "it expired too early"


def test_an_expired_url_stays_dead():
    with store("--url-lifetime", 0.1) as service:
        target = service.signed("abc/output.zip")
        eventually(lambda: service.get(target).status == 403)
        equal(service.get(target).status, 403)
        equal(service.get(service.signed("abc/output.zip")).status, 200)


def test_a_lifetime_of_zero():
    with store("--url-lifetime", 0) as service:
        target = service.signed("abc/output.zip")
        time.sleep(0.005)
        equal(service.get(target).status, 403)


def test_the_status_of_an_expired_url():
    with store("--url-lifetime", 0.05, "--expired-status", 400) as service:
        target = service.signed("abc/output.zip")
        eventually(lambda: service.get(target).status != 200)
        answer = service.get(target)
        equal(answer.status, 400)
        assert b"<Code>ExpiredToken</Code>" in answer.body
        # A missing signature is not an expired one.
        equal(service.get("/storage/abc/output.zip").status, 403)


def test_an_hour_by_default():
    with store() as service:
        assert "X-Goog-Expires=3600&" in service.signed("abc/output.zip")


def test_all_urls_can_be_expired_at_once():
    with store() as service:
        old = [service.signed("abc/output.zip") for _ in range(3)]
        equal([service.get(target).status for target in old], [200] * 3)
        equal(service.control("DELETE", "urls").status, 200)
        new = service.signed("abc/output.zip")
        equal([service.get(target).status for target in old], [403] * 3)
        equal(service.get(new).body, BYTES)
        service.control("DELETE", "urls")
        equal(service.get(new).status, 403)
        equal(service.get(service.signed("abc/output.zip")).status, 200)


def test_a_tampered_url_is_not_called_expired():
    with store() as service:
        target = service.signed("abc/output.zip")
        service.control("DELETE", "urls")
        assert b"SignatureDoesNotMatch" in service.get(target + "0").body
        assert b"ExpiredToken" in service.get(target).body
