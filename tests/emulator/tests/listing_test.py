"""The listing: pages, filters, order, and the errors of bad arguments."""
from service import Emulator, equal


def ids(answer):
    return [task["task_id"] for task in answer.json()["tasks"]]


def test_pages_of_a_listing():
    with Emulator("--synthetic", 1203) as service:
        pages = [service.api(f"/tasks?page={page}&per_page=500") for page in (1, 2, 3, 4)]
        equal([page.json()["total_size"] for page in pages], [1203] * 4)
        equal([len(ids(page)) for page in pages], [500, 500, 203, 0])
        assert len({task for page in pages for task in ids(page)}) == 1203
        equal(len(ids(service.api("/tasks"))), 10)
        equal(ids(service.api("/tasks?page=2")), ids(pages[0])[10:20])


def test_synthetic_tasks_are_the_same_on_every_run():
    seen = []
    for _ in range(2):
        with Emulator("--synthetic", 20) as service:
            seen.append(service.api("/tasks?per_page=20").json())
            task = service.api("/tasks/" + seen[-1]["tasks"][0]["task_id"]).json()
            equal((task["status"], task["is_terminated"]), ("success", True))
    equal(seen[0], seen[1])


def test_an_empty_listing():
    with Emulator() as service:
        equal(service.api("/tasks").json(), {"total_size": 0, "tasks": []})


def test_the_newest_comes_first():
    times = {"b": "2026-01-02T00:00:00Z", "a": "2026-01-02T00:00:00Z", "new": "2026-01-03T00:00:00Z",
             "old": "2026-01-01T00:00:00Z"}
    with Emulator(tasks={key: {"create_time": value} for key, value in times.items()}) as service:
        equal(ids(service.api("/tasks")), ["new", "a", "b", "old"])


def test_filters():
    with Emulator(tasks={
            "one": {"status": "success", "project": "p q"}, "two": {"status": "failed", "project": "p q"},
            "three": {"status": "started"}, "four": {"status": "submitted"}}) as service:
        cases = {
            "status=success": {"one"},
            "status=success&status=failed": {"one", "two"},
            "project=p%20q": {"one", "two"},
            "project=none": set(),
            "active=true": {"three", "four"},
            "active=false": {"one", "two"},
            "task_id_filter=o": {"one", "two", "four"},
            "status=success&project=default": set(),
        }
        for query, expected in cases.items():
            answer = service.api("/tasks?" + query)
            equal(set(ids(answer)), expected, query)
            equal(answer.json()["total_size"], len(expected), query)


def test_order():
    with Emulator(tasks={"a": {"status": "failed", "create_time": "2026-01-01T00:00:00Z"},
                         "b": {"status": "success", "create_time": "2026-01-02T00:00:00Z"},
                         "c": {"status": "failed", "create_time": "2026-01-03T00:00:00Z"}}) as service:
        cases = {"sort=create_time:asc": "abc", "sort=create_time:desc": "cba", "sort=create_time": "abc",
                 "sort=status&sort=task_id:desc": "cab", "sort=task_id:desc": "cba"}
        for query, expected in cases.items():
            equal("".join(ids(service.api("/tasks?" + query))), expected, query)


def test_bad_arguments():
    with Emulator(tasks={"abc": {}}) as service:
        for query, name in (("page=0", "page"), ("page=x", "page"), ("per_page=0", "per_page"),
                            ("per_page=501", "per_page"), ("status=gone", "status"),
                            ("active=perhaps", "active"), ("sort=size", "sort"),
                            ("sort=status:up", "sort")):
            answer = service.api("/tasks?" + query)
            equal(answer.status, 422, query)
            mistake = answer.detail()[0]
            equal(mistake["loc"], ["query", name], query)
            assert mistake["msg"] and mistake["type"], mistake
        equal(len(service.api("/tasks?page=0&per_page=0").detail()), 2)


def test_what_is_not_there():
    with Emulator(tasks={"abc": {}}) as service:
        for target in ("/tasks/none", "/tasks/none/status", "/tasks/none/metadata"):
            answer = service.api(target)
            equal((answer.status, answer.detail()), (404, "Task none not found"), target)
        for target in ("/", "/tasks/", "/tasks/abc/nothing", "/nothing"):
            equal((service.api(target).status), 404, target)
        answer = service.api("/tasks", "POST")
        equal((answer.status, answer.headers["Allow"]), (405, "GET"))
