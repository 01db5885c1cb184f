"""Fault rules: which requests they match, how often they apply, and which rules are refused."""
from service import KEY, Emulator, content, equal

SERVED = {"action": "status", "code": 503}


def service_of(*ids):
    service = Emulator()
    for task_id in ids or ("abc",):
        service.task(task_id, output=content(1000))
        service.write(f"{task_id}/input.zip", content(1000))
    return service


def statuses(service, targets):
    return [service.api(target).status for target in targets]


def test_count_bounds_the_hits():
    with service_of() as service:
        rule = service.fault("status", code=503, count=2)
        equal(statuses(service, ["/tasks/abc"] * 5), [503, 503, 200, 200, 200])
        found = service.rule(rule)
        equal((found["hits"], found["matched"]), (2, 5))


def test_skip_lets_the_first_pass():
    with service_of() as service:
        rule = service.fault("status", code=503, skip=2, count=1)
        equal(statuses(service, ["/tasks/abc"] * 5), [200, 200, 503, 200, 200])
        found = service.rule(rule)
        equal((found["hits"], found["matched"]), (1, 5))


def test_without_a_count_it_has_no_end():
    with service_of() as service:
        rule = service.fault("status", code=503, skip=1)
        equal(statuses(service, ["/tasks/abc"] * 4), [200, 503, 503, 503])
        equal(service.hits(rule), 3)


def test_a_count_of_zero():
    with service_of() as service:
        rule = service.fault("status", code=503, count=0)
        equal(statuses(service, ["/tasks/abc"] * 2), [200, 200])
        equal((service.hits(rule), service.rule(rule)["matched"]), (0, 2))


def test_each_kind_is_matched_alone():
    with service_of() as service:
        signed = service.signed("abc/output.zip")
        requests = {
            "list": ("GET", "/tasks"),
            "task": ("GET", "/tasks/abc"),
            "status": ("GET", "/tasks/abc/status"),
            "kill": ("POST", "/tasks/abc/kill"),
            "metadata": ("GET", "/tasks/abc/metadata"),
            "signed-url": ("GET", "/storage/signed-urls?paths=abc/output.zip&operation=download"),
            "zip-contents": ("GET", "/storage/zip-contents?path=abc/output.zip"),
            "object": ("GET", signed),
            "version": ("GET", "/version-check?client_version=1"),
            "fees": ("GET", "/users/fees"),
            "projects": ("GET", "/projects"),
            "project": ("GET", "/projects/default"),
            "other": ("GET", "/no/such/path"),
        }
        for kind in requests:
            rule = service.fault("status", {"kind": kind}, code=599)
            for other, (method, target) in requests.items():
                answer = service.api(target, method)
                equal(answer.status == 599, other == kind, f"{target} under a rule for '{kind}'")
            equal(service.hits(rule), 1, kind)
            service.control("DELETE", f"faults/{rule}")


def test_several_kinds():
    with service_of() as service:
        service.fault("status", {"kind": ["status", "metadata"]}, code=503)
        equal(statuses(service, ["/tasks/abc", "/tasks/abc/status", "/tasks/abc/metadata"]),
              [200, 503, 503])


def test_a_task():
    with service_of("abc", "abcd") as service:
        service.fault("status", {"task": "abc"}, code=503)
        equal(statuses(service, ["/tasks/abcd", "/tasks/abc", "/tasks/abc/status", "/tasks"]),
              [200, 503, 503, 200])
        equal(service.api("/storage/signed-urls?paths=abc/output.zip&operation=download").status, 503)
        equal(service.get(service.signed("abcd/output.zip")).status, 200)


def test_a_task_by_the_path_of_its_archive():
    with Emulator() as service:
        service.task("abc", {"storage_output_path": "elsewhere/o.zip"}, output=content(10))
        target = service.signed("elsewhere/o.zip")
        service.fault("status", {"kind": "object", "task": "abc"}, code=503)
        equal(service.get(target).status, 503)


def test_a_path_and_a_method():
    with service_of() as service:
        out, into = service.signed("abc/output.zip"), service.signed("abc/input.zip")
        rule = service.fault("status", {"path_prefix": "/storage/abc/input.zip"}, code=503)
        equal([service.get(out).status, service.get(into).status], [200, 503])
        service.control("DELETE", f"faults/{rule}")
        service.fault("status", {"method": "HEAD"}, code=503)
        equal([service.get(out).status, service.request("HEAD", out).status], [200, 503])


def test_where_a_range_begins():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        service.fault("status", {"range_from_at_least": 500}, code=503)
        cases = {"bytes=499-600": 206, "bytes=500-": 503, "bytes=900-901": 503, "bytes=-500": 503,
                 "bytes=-501": 206, "nonsense": 200}
        for header, status in cases.items():
            equal(service.get(target, Range=header).status, status, header)
        equal(service.get(target).status, 200)
        equal(service.api("/tasks/abc").status, 200, "a request for no object")


def test_all_of_a_match_must_hold():
    with service_of("abc", "other") as service:
        service.fault("status", {"kind": "status", "task": "abc", "method": "GET"}, code=503)
        equal(statuses(service, ["/tasks/abc/status", "/tasks/other/status", "/tasks/abc"]),
              [503, 200, 200])


def test_without_a_match_it_is_every_request():
    for match in (None, {}):
        with service_of() as service:
            target = service.signed("abc/output.zip")
            service.fault("status", match, code=503)
            equal([service.get(target).status, service.api("/tasks").status], [503, 503])


def test_control_calls_are_never_matched():
    with service_of() as service:
        rule = service.fault("drop")
        equal(service.control("GET", "stats").status, 200)
        equal(service.rule(rule)["matched"], 0)
        equal(service.control("DELETE", "faults").json(), {"removed": 1})
        equal(service.api("/tasks").status, 200)


def test_several_rules_apply_in_order():
    with service_of() as service:
        target = service.signed("abc/output.zip")
        first = service.fault("flip", {"kind": "object"}, at=0, xor=1)
        second = service.fault("flip", {"kind": "object"}, at=1, xor=255)
        third = service.fault("short_range", {"kind": "object"}, bytes=3)
        answer = service.get(target, Range="bytes=0-9")
        data = content(3)
        equal(answer.body, bytes([data[0] ^ 1, data[1] ^ 255, data[2]]))
        equal([service.hits(rule) for rule in (first, second, third)], [1, 1, 1])
        service.fault("status", code=500)
        service.fault("status", code=503) # of two rules that answer, the first one does
        equal(service.get(target).status, 500)


def test_rules_are_listed_and_removed():
    with service_of() as service:
        given = [{"match": {"kind": "task"}, "skip": 1, "count": 2, **SERVED}, {"action": "drop"}]
        ids = service.control("POST", "faults", given).json()["ids"]
        equal(len(set(ids)), 2)
        listed = service.control("GET", "faults").json()
        equal(listed, [{**rule, "id": rule_id, "matched": 0, "hits": 0}
                       for rule, rule_id in zip(given, ids)])
        equal(service.control("DELETE", f"faults/{ids[0]}").json(), {"removed": 1})
        equal([rule["id"] for rule in service.control("GET", "faults").json()], ids[1:])
        equal(service.control("DELETE", f"faults/{ids[0]}").status, 404)
        equal(service.control("DELETE", "faults/x").status, 404)
        later = service.fault("drop")
        assert later not in ids
        equal(service.control("DELETE", "faults").json(), {"removed": 2})
        equal(service.control("GET", "faults").json(), [])
        equal(service.control("PUT", "faults").status, 405)


def test_bad_rules_are_refused_with_the_reason():
    bad = {
        "unknown action ''": {},
        "unknown action 'explode'": {"action": "explode"},
        "unknown key 'actoin'": {**SERVED, "actoin": 1},
        "action 'status' does not take 'after'": {**SERVED, "after": 1},
        "action 'drop' does not take 'seconds'": {"action": "drop", "seconds": 1},
        "action 'cut' needs 'after'": {"action": "cut"},
        "action 'delay' needs 'seconds'": {"action": "delay"},
        "action 'etag' needs 'value'": {"action": "etag"},
        "'after' has a value of the wrong type": {"action": "cut", "after": "1"},
        "'reset' has a value of the wrong type": {"action": "drop", "reset": 1},
        "'code' must be a status from 200 to 599": {"action": "status", "code": 600},
        "'after', 'bytes' and 'at' must not be negative": {"action": "cut", "after": -1},
        "'bytes' must be at least 1": {"action": "short_range", "bytes": 0},
        "unknown kind 'objects'": {**SERVED, "match": {"kind": "objects"}},
        "unknown kind 'control'": {**SERVED, "match": {"kind": "control"}},
        "unknown kind ''": {**SERVED, "match": {"kind": [1]}},
        "'match' does not take this 'id'": {**SERVED, "match": {"id": "abc"}},
        "'match' does not take this 'task'": {**SERVED, "match": {"task": 1}},
        "'match' is not an object": {**SERVED, "match": "abc"},
        "'count' must be an integer of at least 0": {**SERVED, "count": -1},
        "'skip' must be an integer of at least 0": {**SERVED, "skip": "1"},
        "a rule must be an object": 7,
    }
    with service_of() as service:
        for reason, rule in bad.items():
            answer = service.control("POST", "faults", rule)
            equal((answer.status, answer.detail()), (400, reason), rule)
        equal(service.control("POST", "faults").status, 400)
        equal(service.control("GET", "faults").json(), [])


def test_an_array_of_rules_is_added_whole_or_not():
    with service_of() as service:
        answer = service.control("POST", "faults", [SERVED, {"action": "explode"}, SERVED])
        equal((answer.status, answer.detail()), (400, "unknown action 'explode'"))
        equal(service.control("GET", "faults").json(), [])
        equal(service.api("/tasks", key=KEY).status, 200)
