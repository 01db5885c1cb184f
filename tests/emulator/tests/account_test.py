"""The API key, the version check, and the fees."""
import datetime

from service import KEY, Emulator, equal

NEED_A_KEY = ["/tasks", "/tasks/abc", "/tasks/abc/status", "/tasks/abc/metadata", "/projects",
              "/projects/default", "/users/fees",
              "/storage/signed-urls?paths=abc/output.zip&operation=download",
              "/storage/zip-contents?path=abc/output.zip"]


def test_the_api_needs_a_key():
    with Emulator(tasks={"abc": {}}) as service:
        for target in NEED_A_KEY:
            equal(service.api(target, key=None).status, 401, target)
            for key in ("", "with space", "umlaut\xfc", "semi;colon"):
                answer = service.api(target, key=key)
                equal((answer.status, answer.detail()), (401, "Invalid API key"), (target, key))
            assert service.api(target, key=KEY).status != 401, target


def test_the_keys_that_are_accepted():
    with Emulator("--key", "one", "--key", "two.2", tasks={"abc": {}}) as service:
        equal([service.api("/tasks", key=key).status for key in ("one", "two.2", "three", "on")],
              [200, 200, 401, 401])


def test_what_needs_no_key():
    with Emulator(tasks={"abc": {}}) as service:
        equal(service.api("/version-check?client_version=1", key=None).status, 200)
        equal(service.control("GET", "stats").status, 200)


def test_the_version_check():
    with Emulator() as service:
        answer = service.api("/version-check?client_version=0.18.12")
        equal(answer.status, 200)
        checked = answer.json()
        equal(set(checked), {"is_valid", "client_version", "server_version",
                             "min_supported_client_version"})
        equal((checked["is_valid"], checked["client_version"], checked["min_supported_client_version"]),
              (True, "0.18.12", None))
        assert isinstance(checked["server_version"], str) and checked["server_version"]
        answer = service.api("/version-check")
        equal((answer.status, answer.detail()[0]["loc"]), (422, ["query", "client_version"]))


def test_a_client_that_is_too_old():
    with Emulator("--min-client-version", "0.18.2") as service:
        for version, status in (("0.18.2", 200), ("0.18.10", 200), ("0.19", 200), ("1", 200),
                                ("0.18.2.1", 200), ("0.18.1", 406), ("0.18", 406), ("0.9.99", 406),
                                ("", 406), ("nonsense", 406)):
            answer = service.api(f"/version-check?client_version={version}")
            equal(answer.status, status, version)
            if status == 200:
                equal(answer.json()["min_supported_client_version"], "0.18.2")
                equal(answer.json()["is_valid"], True)
            else:
                assert "0.18.2" in answer.detail(), answer.body


def test_the_fees():
    with Emulator() as service:
        fees = service.api("/users/fees").json()
        equal(set(fees), {"costs_fee_percentage", "task_orchestration_fee"})
        for name, fee in fees.items():
            equal(set(fee), {"amount", "active", "active_since", "unit"}, name)
            assert isinstance(fee["amount"], (int, float)), fee
            assert isinstance(fee["active"], bool) and isinstance(fee["unit"], str), fee
            assert fee["active"] == (fee["active_since"] is not None), fee
            if fee["active_since"]:
                datetime.datetime.fromisoformat(fee["active_since"])
        equal(service.api("/users/fees", "POST").status, 405)
