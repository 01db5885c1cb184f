"""The projects."""
import datetime

from service import Emulator, equal

REQUIRED = {"name": str, "project_type": str, "id": str, "created_at": str, "num_tasks": int}
OTHERS = {"estimated_computation_cost", "total_orchestration_fee", "task_status_overview", "statistics",
          "total_orchestration_fee_undiscounted", "project_metadata"}
TASKS = {
    "one": {"project": "p q", "status": "success", "create_time": "2026-01-02T00:00:00Z"},
    "two": {"project": "p q", "status": "failed", "create_time": "2026-01-01T00:00:00Z",
            "estimated_computation_cost": 1.5, "orchestration_fee": {"amount": 0.25}},
    "three": {"project": "p q", "status": "success", "create_time": "2026-01-03T00:00:00Z",
              "estimated_computation_cost": 2, "orchestration_fee": None},
    "four": {"create_time": "2026-02-01T00:00:00Z"},
    "five": {"project": None},
    "six": {"project": "Flügel", "create_time": "2025-01-01T00:00:00Z"},
}


def test_the_shape_of_a_project():
    with Emulator(tasks=TASKS) as service:
        projects = service.api("/projects").json()
        assert isinstance(projects, list)
        for project in projects:
            equal(set(project), set(REQUIRED) | OTHERS)
            for field, kind in REQUIRED.items():
                equal(type(project[field]), kind, field)
            equal(project["project_type"], "project")
            assert datetime.datetime.fromisoformat(project["created_at"]).tzinfo
            assert all(isinstance(n, int) for n in project["task_status_overview"].values())
            equal((project["project_metadata"], project["statistics"]), ({}, None))
        equal(len({project["id"] for project in projects}), len(projects))


def test_a_project_sums_up_its_tasks():
    with Emulator(tasks=TASKS) as service:
        project = service.api("/projects/p%20q").json()
        equal((project["name"], project["num_tasks"]), ("p q", 3))
        equal(project["task_status_overview"], {"success": 2, "failed": 1})
        equal(project["created_at"], "2026-01-01T00:00:00.000000+00:00")
        cost = service.field("one", "estimated_computation_cost") + 1.5 + 2
        assert abs(project["estimated_computation_cost"] - cost) < 1e-5, project
        assert abs(project["total_orchestration_fee"] - 0.26) < 1e-5, project


def test_the_newest_project_comes_first():
    with Emulator(tasks=TASKS) as service:
        equal([project["name"] for project in service.api("/projects").json()],
              ["default", "p q", "Flügel"])


def test_pages_of_projects():
    tasks = {f"t{i}": {"project": f"p{i:03}", "create_time": "2026-01-01T00:00:00Z"} for i in range(130)}
    with Emulator(tasks=tasks) as service:
        names = []
        for query, n in (("", 100), ("?page=2", 30), ("?page=3", 0)):
            page = service.api("/projects" + query).json()
            equal(len(page), n, query)
            names += [project["name"] for project in page]
        equal(names, sorted(project["project"] for project in tasks.values()))
        page = service.api("/projects?page=2&per_page=7&project_type=project").json()
        equal([project["name"] for project in page], [f"p{i:03}" for i in range(7, 14)])
        equal(service.api("/projects?project_type=benchmark").json(), [])
        for query in ("page=0", "per_page=101", "per_page=0", "project_type=other"):
            equal(service.api("/projects?" + query).status, 422, query)


def test_a_project_follows_its_tasks():
    with Emulator(tasks={"one": {"project": "p", "status": "started"}}) as service:
        equal(service.api("/projects/p").json()["task_status_overview"], {"started": 1})
        service.control("POST", "task/one", {"status": "success"})
        equal(service.api("/projects/p").json()["task_status_overview"], {"success": 1})
        service.task("two", {"project": "p"})
        equal(service.api("/projects/p").json()["num_tasks"], 2)
        service.control("POST", "task/one", {"project": "q"})
        equal(service.api("/projects/q").json()["num_tasks"], 1)
        equal(service.api("/projects/p").json()["num_tasks"], 1)


def test_generated_tasks_are_in_the_default_project():
    with Emulator("--synthetic", 3000) as service:
        project, = service.api("/projects").json()
        equal((project["name"], project["num_tasks"]), ("default", 3000))
        task = service.api("/tasks?per_page=1").json()["tasks"][0]
        assert abs(project["estimated_computation_cost"] -
                   3000 * task["estimated_computation_cost"]) < 0.01, project
        assert abs(project["total_orchestration_fee"] - 30) < 0.01, project


def test_no_such_project():
    with Emulator(tasks=TASKS) as service:
        answer = service.api("/projects/none")
        equal((answer.status, answer.detail()), (404, "Project none not found"))
        for target in ("/projects/", "/projects/p%20q/metadata", "/projects/a%2Fb"):
            equal(service.api(target).status, 404, target)
        equal(service.api("/projects/Fl%C3%BCgel").json()["name"], "Flügel")
        equal(service.api("/projects", "POST").status, 405)


def test_no_tasks_no_projects():
    with Emulator() as service:
        equal(service.api("/projects").json(), [])
        equal(service.api("/projects/default").status, 404)
