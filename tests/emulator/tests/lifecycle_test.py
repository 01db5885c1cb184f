"""The life of a task: defaults, task.json, timelines, changes of files and by control calls."""
import json
import re
import shutil
import time

from service import Emulator, archive, equal, eventually


def steps(service, task_id="abc"):
    return [step["status"] for step in service.field(task_id, "status_history")]


def test_a_task_of_all_defaults():
    with Emulator(tasks={"abc": {}}) as service:
        task = service.api("/tasks/abc").json()
        for field, value in (("task_id", "abc"), ("status", "success"), ("status_alias", "Success"),
                             ("is_terminated", True), ("simulator", "openfoam"), ("project", "default"),
                             ("storage_output_path", "abc/output.zip"), ("num_retries", 0),
                             ("storage_input_path", "abc/input.zip"), ("error_detail", None),
                             ("storage_region", "europe-west1"), ("task_metadata", {})):
            equal(task[field], value, field)
        equal(task["metrics"]["computation_seconds"], 192.0)
        equal(task["executer"]["vm_type"], "zones/europe-west1-b/machineTypes/c2-standard-4")
        equal(steps(service), ["pending-input", "submitted", "started", "computation-started",
                               "computation-ended", "success"])
        times = [task[name] for name in ("create_time", "input_submit_time", "start_time",
                                         "computation_start_time", "computation_end_time", "end_time")]
        equal(times, sorted(times))
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", t) for t in times), times


def test_task_json_comes_over_the_defaults():
    with Emulator(tasks={"abc": {"simulator": "gromacs", "error_detail": "boom", "project": None,
                                 "metrics": {"computation_seconds": 7},
                                 "executer": {"vm_type": "n/a", "vm_name": "mine"},
                                 "something_new": [1]}}) as service:
        task = service.api("/tasks/abc").json()
        equal((task["simulator"], task["error_detail"], task["project"]), ("gromacs", "boom", None))
        equal(task["metrics"]["computation_seconds"], 7)
        assert task["metrics"]["queue_time_seconds"] > 0, "the other metrics stay"
        equal((task["executer"]["vm_type"], task["executer"]["vm_name"]), ("n/a", "mine"))
        equal(task["executer"]["cpu_count_logical"], 4)
        equal(task["something_new"], [1])


def test_a_listing_entry_has_no_history():
    with Emulator(tasks={"abc": {}}) as service:
        entry = service.api("/tasks").json()["tasks"][0]
        full = service.api("/tasks/abc").json()
        equal(set(full) - set(entry), {"status_history", "machine_operations", "steps"})
        equal(entry, {key: full[key] for key in entry})


def test_each_status_brings_what_fits_it():
    expected = { # status: terminated, has an executer, the time field that it set
        "pending-input": (False, False, "create_time"),
        "submitted": (False, False, "input_submit_time"),
        "started": (False, True, "start_time"),
        "computation-started": (False, True, "computation_start_time"),
        "computation-ended": (False, True, "computation_end_time"),
        "success": (True, True, "end_time"),
        "failed": (True, True, "end_time"),
        "killed": (True, True, "end_time"),
        "zombie": (True, True, "end_time"),
        "brand-new-code": (False, True, None),
    }
    with Emulator(tasks={status: {"status": status} for status in expected}) as service:
        for status, (terminated, has_executer, field) in expected.items():
            task = service.api(f"/tasks/{status}").json()
            equal((task["status"], task["is_terminated"]), (status, terminated))
            equal(task["executer"] is not None, has_executer, status)
            assert field is None or task[field], status
            if not terminated:
                equal((task["end_time"], task["metrics"]["total_seconds"]), (None, None), status)
            equal(steps(service, status)[-1], status)


def test_is_terminated_can_be_overridden():
    with Emulator(tasks={"abc": {"status": "new-end", "is_terminated": True}}) as service:
        equal(service.api("/tasks/abc/status").json(),
              {"id": "abc", "status": "new-end", "position_in_queue": None, "is_terminated": True})


def test_a_running_task_has_reached_its_status_now():
    with Emulator(tasks={"abc": {"status": "computation-started"}}) as service:
        began = service.field("abc", "computation_start_time")
        seconds = time.time() - time.mktime(time.strptime(began[:19], "%Y-%m-%dT%H:%M:%S"))
        assert -1 < seconds < 15, began


def test_a_time_that_is_given_moves_the_others():
    with Emulator(tasks={"abc": {"status": "computation-started",
                                 "computation_start_time": "2026-01-05T10:00:00+00:00"}}) as service:
        task = service.api("/tasks/abc").json()
        equal(task["computation_start_time"], "2026-01-05T10:00:00+00:00")
        equal(task["create_time"], "2026-01-05T09:59:39.000000+00:00")


def test_the_place_in_the_queue():
    with Emulator(tasks={"abc": {"status": "submitted", "emulator": {"tasks_ahead": 4}},
                         "other": {"status": "started"}}) as service:
        equal(service.api("/tasks/abc/status").json()["position_in_queue"], {"tasks_ahead": 4})
        equal(service.api("/tasks/other/status").json()["position_in_queue"], None)


def test_a_timeline_goes_through_its_steps():
    timeline = [{"after": 0.3, "status": "started"}, {"after": 0.6, "status": "computation-started"},
                {"after": 0.9, "status": "success", "fields": {"task_metadata": {"a": "b"}}}]
    began = time.time()
    with Emulator(tasks={"abc": {"emulator": {"timeline": timeline}}}) as service:
        seen = []
        while not seen or seen[-1] != "success":
            asked = time.time()
            status = service.api("/tasks/abc/status").json()["status"]
            if not seen or seen[-1] != status:
                seen.append(status)
            assert status != "success" or time.time() >= began + 0.9, "too early"
            assert asked < began + 15
            time.sleep(0.01)
        order = ["submitted", "started", "computation-started", "success"]
        equal(seen, [status for status in order if status in seen])
        equal(steps(service)[1:], order)
        equal(service.api("/tasks/abc/metadata").json(), {"a": "b"})
        equal(service.field("abc", "is_terminated"), True)


def test_a_step_can_have_fields_alone():
    with Emulator(tasks={"abc": {"status": "started", "emulator": {
            "timeline": [{"after": 0, "fields": {"error_detail": "so far"}}]}}}) as service:
        equal((service.field("abc", "status"), service.field("abc", "error_detail")),
              ("started", "so far"))


def test_a_resubmission_leaves_nothing_of_the_earlier_run():
    with Emulator(tasks={"abc": {"status": "spot-instance-preempted"}}) as service:
        service.control("POST", "task/abc", {"status": "submitted"})
        task = service.api("/tasks/abc").json()
        equal((task["status"], task["is_terminated"]), ("submitted", False))
        for field in ("executer", "start_time", "end_time", "duration_seconds"):
            equal(task[field], None, field)
        assert not any(task["metrics"].values()), task["metrics"]


def test_the_archive_comes_with_the_end():
    with Emulator() as service:
        service.task("abc", {"status": "started", "emulator": {"output_after_end": True}},
                     archive(artifacts__a="text"))
        call = "/storage/signed-urls?paths=abc/output.zip&operation=download"
        equal(service.api(call).status, 404)
        equal(service.api("/storage/zip-contents?path=abc/output.zip").status, 404)
        equal(service.field("abc", "metrics")["output_total_files"], None)
        service.control("POST", "task/abc", {"status": "success"})
        equal(service.api(call).status, 200)
        equal(service.field("abc", "metrics")["output_total_files"], 1)


def test_an_archive_shows_in_the_metrics():
    data = archive(artifacts__a="12345", artifacts__b="678", artifacts__c__="")
    with Emulator() as service:
        service.task("abc", output=data)
        metrics = service.field("abc", "metrics")
        equal((metrics["output_zipped_size_bytes"], metrics["output_size_bytes"],
               metrics["output_total_files"]), (len(data), 8, 2))


def test_folders_that_come_and_go():
    with Emulator(tasks={"abc": {}}) as service:
        equal(service.api("/tasks/late").status, 404)
        (service.root / "late").mkdir() # no task.json: all defaults
        equal(service.field("late", "status"), "success")
        (service.root / ".hidden").mkdir()
        equal(service.api("/tasks/.hidden").status, 404)
        equal(service.api("/tasks").json()["total_size"], 2)
        shutil.rmtree(service.root / "abc")
        equal(service.api("/tasks/abc").status, 404)
        equal(service.api("/tasks").json()["total_size"], 1)


def test_a_changed_task_json_restarts_the_timeline():
    with Emulator(tasks={"abc": {"status": "started"}}) as service:
        service.control("POST", "task/abc", {"status": "failed"})
        equal(service.field("abc", "status"), "failed")
        service.task("abc", {"status": "computation-started"})
        equal(service.field("abc", "status"), "computation-started")
        assert "failed" not in steps(service)
        (service.root / "abc/task.json").unlink()
        equal(service.field("abc", "status"), "success")


def test_a_bad_task_json_is_reported():
    with Emulator(tasks={"abc": {"simulator": "gromacs"}}) as service:
        service.write("abc/task.json", "[1]")
        equal(service.field("abc", "simulator"), "gromacs")
        service.write("abc/task.json", "{")
        equal(service.field("abc", "simulator"), "gromacs")
        assert "not a JSON object" in service.forgive_stderr()


def test_a_control_call_changes_a_task():
    with Emulator(tasks={"abc": {"status": "started"}}) as service:
        answer = service.control("POST", "task/abc", {"simulator": "x", "metrics": {"input_size_bytes": 5}})
        equal((answer.status, answer.json()["simulator"]), (200, "x"))
        equal(service.field("abc", "metrics")["input_size_bytes"], 5)
        equal(service.field("abc", "status"), "started")
        service.control("POST", "task/abc", {"status": "success"})
        equal((service.field("abc", "status"), service.field("abc", "is_terminated")), ("success", True))
        equal(steps(service)[-2:], ["started", "success"])
        equal(service.field("abc", "simulator"), "x")


def test_a_new_timeline_replaces_the_rest_of_the_old_one():
    with Emulator(tasks={"abc": {"status": "started", "emulator": {
            "timeline": [{"after": 0.4, "status": "failed"}]}}}) as service:
        began = time.monotonic()
        service.control("POST", "task/abc", {"emulator": {
            "timeline": [{"after": 0.8, "status": "success"}]}})
        eventually(lambda: service.field("abc", "is_terminated"))
        assert time.monotonic() - began >= 0.8
        equal(steps(service)[-2:], ["started", "success"])


def test_bad_control_calls_on_a_task():
    with Emulator(tasks={"abc": {}}) as service:
        equal(service.control("POST", "task/none", {}).status, 404)
        equal(service.control("GET", "task/abc").status, 405)
        for body in ([1], 7, {"emulator": 1}, {"emulator": {"x": 1}}, {"emulator": {"timeline": {}}},
                     {"emulator": {"timeline": [{}]}}, {"emulator": {"kill_seconds": "2"}}):
            answer = service.control("POST", "task/abc", body)
            equal(answer.status, 400, json.dumps(body))
        equal(service.request("POST", "/_emulator/task/abc", body="{").status, 400)
        equal(service.field("abc", "status"), "success")
